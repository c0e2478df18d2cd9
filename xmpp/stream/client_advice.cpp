// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {
namespace {

struct Row {
    std::string_view reason;
    Advice advice;
};

// What is not here may pass by itself.
constexpr std::array<Row, 33> rows{{
    // stream errors (RFC 6120 §4.9.3)
    {"conflict", Advice::stop},  // somebody else is us: two would throw each other out for ever
    {"host-unknown", Advice::stop},
    {"host-gone", Advice::stop},
    {"improper-addressing", Advice::stop},
    {"invalid-namespace", Advice::stop},
    {"not-authorized", Advice::stop},
    {"policy-violation", Advice::stop},
    {"resource-constraint", Advice::later},
    {"restricted-xml", Advice::later},
    {"see-other-host", Advice::elsewhere},
    {"system-shutdown", Advice::later},
    {"unsupported-version", Advice::stop},
    {"unsupported-encoding", Advice::stop},
    {"unsupported-feature", Advice::stop},
    // TLS
    {"tls-refused", Advice::elsewhere},
    {"tls-missing", Advice::elsewhere},
    {"tls-certificate", Advice::later},  // theirs to renew, and nothing secret was said
    // SASL (RFC 6120 §6.5)
    {"sasl-not-authorized", Advice::stop},
    {"sasl-account-disabled", Advice::stop},
    {"sasl-credentials-expired", Advice::stop},
    {"sasl-malformed-request", Advice::stop},
    {"sasl-incorrect-encoding", Advice::stop},
    {"sasl-invalid-authzid", Advice::stop},
    {"sasl-no-mechanism", Advice::stop},
    {"sasl-attack", Advice::stop},
    {"sasl-aborted", Advice::stop},
    {"sasl-temporary-auth-failure", Advice::later},
    // the rest of the way
    {"auth-not-authorized", Advice::stop},
    {"auth-not-acceptable", Advice::stop},
    {"bind-not-allowed", Advice::stop},
    {"bind-resource-constraint", Advice::later},
    {"bind-missing", Advice::stop},
    {"session-forbidden", Advice::stop},
}};

}  // namespace

Advice advise(std::string_view reason) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& one) {
        return one.reason == reason;
    });
    return row == rows.end() ? Advice::again : row->advice;
}

}  // namespace sallyport::xmpp
