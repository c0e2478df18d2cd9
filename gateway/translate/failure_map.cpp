// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/failure_map.hpp"

#include <algorithm>
#include <array>

namespace sallyport::translate {
namespace {

using port::Reason;
using xmpp::Condition;
using xmpp::ErrorType;

struct Row {
    Reason reason;
    Condition condition;
    ErrorType type;
};

constexpr std::array rows{
    Row{Reason::invalid_number, Condition::item_not_found, ErrorType::cancel},
    Row{Reason::opted_out, Condition::forbidden, ErrorType::cancel},
    Row{Reason::landline, Condition::item_not_found, ErrorType::cancel},
    Row{Reason::blocked, Condition::forbidden, ErrorType::cancel},
    Row{Reason::sender_refused, Condition::not_allowed, ErrorType::cancel},
    Row{Reason::region_refused, Condition::not_allowed, ErrorType::cancel},
    Row{Reason::too_long, Condition::not_acceptable, ErrorType::modify},
    Row{Reason::media_refused, Condition::not_acceptable, ErrorType::modify},
    Row{Reason::bad_request, Condition::bad_request, ErrorType::modify},
    Row{Reason::unreachable, Condition::recipient_unavailable, ErrorType::wait},
    Row{Reason::expired, Condition::remote_server_timeout, ErrorType::wait},
    Row{Reason::refused_by_policy, Condition::policy_violation, ErrorType::cancel},
    Row{Reason::not_supported, Condition::feature_not_implemented, ErrorType::cancel},
    Row{Reason::no_route, Condition::service_unavailable, ErrorType::cancel},
    Row{Reason::throttled, Condition::resource_constraint, ErrorType::wait},
    Row{Reason::temporary, Condition::remote_server_timeout, ErrorType::wait},
    Row{Reason::not_connected, Condition::remote_server_timeout, ErrorType::wait},
    Row{Reason::credentials, Condition::remote_server_timeout, ErrorType::wait},
    Row{Reason::balance, Condition::remote_server_timeout, ErrorType::wait},
    Row{Reason::suspended, Condition::remote_server_timeout, ErrorType::wait},
    Row{Reason::unknown_outcome, Condition::remote_server_timeout, ErrorType::wait},
};

using Kind = port::Refusal::Kind;
struct RefusalRow {
    Kind kind;
    Condition condition;
    ErrorType type;
};
constexpr std::array refusals{
    RefusalRow{Kind::not_acceptable, Condition::not_acceptable, ErrorType::modify},
    RefusalRow{Kind::not_allowed, Condition::not_allowed, ErrorType::cancel},
    RefusalRow{Kind::item_not_found, Condition::item_not_found, ErrorType::cancel},
    RefusalRow{Kind::resource_constraint, Condition::resource_constraint, ErrorType::wait},
    RefusalRow{
        Kind::feature_not_implemented, Condition::feature_not_implemented, ErrorType::cancel},
    RefusalRow{Kind::policy_violation, Condition::policy_violation, ErrorType::modify},
};

}  // namespace

xmpp::StanzaError to_error(const port::Failure& failure) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
        return r.reason == failure.reason;
    });
    const Condition condition = row == rows.end() ? Condition::undefined : row->condition;
    const ErrorType type = row == rows.end() ? ErrorType::cancel : row->type;
    std::string words = failure.text;
    if (!failure.code.empty()) words = words.empty() ? failure.code : failure.code + ": " + words;
    return {condition, type, explain(failure.reason, words)};
}

xmpp::StanzaError to_error(const port::Refusal& refusal) {
    auto row = std::find_if(refusals.begin(), refusals.end(), [&](const RefusalRow& r) {
        return r.kind == refusal.kind;
    });
    return {row->condition, row->type, refusal.text};
}

std::string explain(port::Reason reason, std::string_view text) {
    std::string words(port::sentence(reason));
    if (!text.empty()) words.append(" (").append(text).append(")");
    return words;
}

}  // namespace sallyport::translate
