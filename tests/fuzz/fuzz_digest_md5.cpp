// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "xmpp/sasl/legacy/digest_md5.hpp"
#include "xmpp/sasl/mechanism.hpp"

// The input as a list of directives, as the answer that a server gets, and as what a client gets.
namespace sasl = sallyport::xmpp::sasl;

namespace {

// What was understood, written again, must be understood in the same way.
void round_trip(std::string_view input) {
    auto directives = sasl::parse_directives(input);
    if (!directives) return;
    std::string text;
    for (const sasl::Directive& one : *directives)
        text += one.name + '=' + sasl::quote(one.value) + ',';
    auto again = sasl::parse_directives(text);
    if (!again || again->size() != directives->size()) std::abort();
    for (std::size_t i = 0; i < again->size(); ++i)
        if ((*again)[i].value != (*directives)[i].value) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    round_trip(input);
    sasl::ServerSetting there;
    there.domain = "example.com";
    there.nonce = "servernonce";
    auto server = sasl::find_mechanism("DIGEST-MD5")->make_server(there);
    server->respond("");
    sasl::ServerStep step = server->respond(input);
    if (std::holds_alternative<sasl::Question>(step)) {
        step = server->answer(sasl::Secret{std::string(16, 'x')});
        if (!std::holds_alternative<sasl::Fault>(step)) std::abort();
    }
    sasl::ClientSetting here;
    here.domain = "example.com";
    here.user = "user";
    here.password = "unguessable to the fuzzer";
    auto client = sasl::find_mechanism("DIGEST-MD5")->make_client(here);
    client->challenge(input);
    if (!client->success(input)) std::abort();
    return 0;
}
