// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/hook_token.hpp"

#include "transports/sms/crypto.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

std::string HookTokens::proof(std::string_view id) const {
    const std::string mac =
        hmac(Digest::sha256, secret_, "sms-status\n" + domain_ + "\n" + std::string(id));
    return hex_encode(std::string_view(mac).substr(0, 16));
}

std::string HookTokens::make(std::string_view id) const {
    return std::string(id) + "." + proof(id);
}

std::optional<port::OutId> HookTokens::check(std::string_view token) const {
    const auto dot = token.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 64) return std::nullopt;
    if (!equal_constant_time(token.substr(dot + 1), proof(token.substr(0, dot))))
        return std::nullopt;
    return port::OutId{std::string(token.substr(0, dot))};
}

}  // namespace sallyport::sms
