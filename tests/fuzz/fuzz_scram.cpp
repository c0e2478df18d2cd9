// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "xmpp/sasl/mechanism.hpp"

// Lines of the input go to SCRAM on both sides, one after the other. Nobody who does not know the
// password may get in, and no server that does not know it may be believed.
namespace sasl = sallyport::xmpp::sasl;

namespace {

const sasl::Keys& keys() {
    static const sasl::Keys made = *sasl::derive_keys(sasl::Hash::sha1, "pencil", "salt", 1);
    return made;
}

void server_side(std::string_view name, std::string_view input) {
    sasl::ServerSetting setting;
    setting.domain = "example.com";
    setting.binding = {"exporter", "end point"};
    setting.nonce = "servernonce";
    auto mechanism = sasl::find_mechanism(name)->make_server(setting);
    while (!input.empty()) {
        std::size_t end = input.find('\n');
        sasl::ServerStep step = mechanism->respond(input.substr(0, end));
        if (std::holds_alternative<sasl::Question>(step)) step = mechanism->answer(keys());
        if (std::holds_alternative<sasl::Success>(step)) std::abort();
        input = end == input.npos ? std::string_view{} : input.substr(end + 1);
    }
}

void client_side(std::string_view name, std::string_view input) {
    sasl::ClientSetting setting;
    setting.domain = "example.com";
    setting.user = "user";
    setting.password = "unguessable to the fuzzer";
    setting.binding = {"exporter", "end point"};
    setting.nonce = "abc";
    setting.max_iterations = 4096;
    auto mechanism = sasl::find_mechanism(name)->make_client(setting);
    mechanism->initial();
    while (!input.empty()) {
        std::size_t end = input.find('\n');
        sasl::ClientStep step = mechanism->challenge(input.substr(0, end));
        if (const auto* wanted = std::get_if<sasl::KeyWanted>(&step))
            mechanism->derived(wanted->derive());
        input = end == input.npos ? std::string_view{} : input.substr(end + 1);
        if (!mechanism->success(input)) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    server_side("SCRAM-SHA-1", input);
    server_side("SCRAM-SHA-1-PLUS", input);
    client_side("SCRAM-SHA-1", input);
    client_side("SCRAM-SHA-1-PLUS", input);
    return 0;
}
