// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/saslprep.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/mechanism.hpp"

// RFC 5802 §3: SaltedPassword := Hi(password, salt, i), ClientKey := HMAC(SaltedPassword, "Client
// Key"), StoredKey := H(ClientKey), ServerKey := HMAC(SaltedPassword, "Server Key").
namespace sallyport::xmpp::sasl {

std::optional<Keys> derive_keys(
    Hash hash, std::string_view password, std::string_view salt, int iterations
) {
    Result<std::string> text = saslprep(password);
    if (!text || text->empty() || iterations < 1) return std::nullopt;
    Wiped prepared(std::move(*text));
    Wiped salted(stretch(hash, prepared, salt, iterations));
    Wiped client_key(hmac(hash, salted, "Client Key"));
    Keys keys;
    keys.salt = salt;
    keys.iterations = iterations;
    keys.stored_key = digest(hash, client_key);
    keys.server_key = hmac(hash, salted, "Server Key");
    return keys;
}

bool is_password(Hash hash, std::string_view password, const Keys& keys) {
    std::optional<Keys> derived = derive_keys(hash, password, keys.salt, keys.iterations);
    return derived && equal_constant_time(derived->stored_key, keys.stored_key);
}

Wiped KeyWanted::derive() const {
    return Wiped(stretch(hash, password, salt, iterations));
}

}  // namespace sallyport::xmpp::sasl
