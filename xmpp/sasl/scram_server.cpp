// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/rows.hpp"
#include "xmpp/sasl/scram.hpp"

namespace sallyport::xmpp::sasl {
namespace {

class ScramServer final : public ServerMechanism {
  public:
    ScramServer(Hash hash, UsesBinding uses, const ServerSetting& setting)
        : hash_(hash), uses_(uses), setting_(setting) {}

    ServerStep respond(std::string_view response) override {
        switch (std::exchange(awaits_, Awaits::nothing)) {
            case Awaits::first:
                return take_first(response);
            case Awaits::final:
                return take_final(response);
            default:
                return Fault::malformed_request;
        }
    }

    ServerStep answer(const Answer& answer) override {
        if (std::exchange(awaits_, Awaits::nothing) != Awaits::keys)
            return Fault::temporary_auth_failure;
        if (const auto* keys = std::get_if<Keys>(&answer)) return challenge(*keys);
        const auto* denied = std::get_if<Denied>(&answer);
        // A back end that is down says nothing about the account; all else must look like an
        // account with another password.
        if (!denied || denied->fault == Fault::temporary_auth_failure)
            return Fault::temporary_auth_failure;
        return challenge(make_up_keys());
    }

  private:
    enum class Awaits { nothing, first, keys, final };

    ServerStep take_first(std::string_view response) {
        auto parsed = parse_client_first(response);
        if (const Fault* fault = std::get_if<Fault>(&parsed)) return *fault;
        first_ = std::move(std::get<ClientFirst>(parsed));
        if (!may_bind_so()) return Fault::not_authorized;
        std::optional<std::string> user = normal_user(first_.user, setting_.domain);
        if (!user) return challenge(make_up_keys());
        user_ = std::move(*user);
        awaits_ = Awaits::keys;
        return Question(AskKeys{user_, hash_});
    }

    // RFC 5802 §6: a client that could bind, and thinks that we cannot, was lied to by somebody.
    bool may_bind_so() const {
        if (uses_ == UsesBinding::yes)
            return first_.flag == 'p' && !binding_data(setting_.binding, first_.binding).empty();
        return first_.flag == 'n' || (first_.flag == 'y' && !offers_binding(setting_.offered));
    }

    // The same user always gets the same salt, and nobody can tell it from a stored one.
    Keys make_up_keys() const {
        std::string seed = hmac(hash_, setting_.fake_salt_key, user_.empty() ? first_.user : user_);
        Keys keys;
        keys.salt = seed.substr(0, 16);
        keys.iterations = setting_.iterations;
        keys.stored_key = setting_.nonce;  // no proof fits: is_real_ is false
        return keys;
    }

    ServerStep challenge(const Keys& keys) {
        is_real_ = !user_.empty() && keys.stored_key.size() == size_of(hash_) &&
                   keys.server_key.size() == size_of(hash_);
        stored_key_ = Wiped(keys.stored_key);
        server_key_ = Wiped(keys.server_key);
        server_first_ = "r=" + first_.nonce + setting_.nonce + ",s=" + base64_encode(keys.salt) +
                        ",i=" + std::to_string(keys.iterations);
        if (!setting_.offered.empty())
            server_first_ += ",h=" + hash_of_offer(hash_, setting_.offered, setting_.bindings);
        awaits_ = Awaits::final;
        return Challenge{server_first_};
    }

    ServerStep take_final(std::string_view response) {
        std::optional<ClientFinal> final = parse_client_final(response);
        if (!final) return Fault::malformed_request;
        if (final->nonce != first_.nonce + setting_.nonce) return Fault::not_authorized;
        std::string bound = first_.gs2_header;
        if (first_.flag == 'p') bound += binding_data(setting_.binding, first_.binding);
        std::string message = first_.bare + ',' + server_first_ + ',' + final->without_proof;
        const bool is_bound = final->binding == bound;
        const bool is_proved = proves(final->proof, message) && is_bound;
        if (!is_proved || !is_real_) return Fault::not_authorized;
        std::string signature = hmac(hash_, server_key_, message);
        return Success{user_, first_.authzid, "v=" + base64_encode(signature)};
    }

    bool proves(std::string_view proof, std::string_view message) const {
        if (proof.size() != size_of(hash_)) return false;
        Wiped client_key(exclusive_or(proof, hmac(hash_, stored_key_, message)));
        return equal_constant_time(digest(hash_, client_key), stored_key_);
    }

    const Hash hash_;
    const UsesBinding uses_;
    const ServerSetting setting_;
    Awaits awaits_ = Awaits::first;
    ClientFirst first_;
    std::string user_;
    std::string server_first_;
    Wiped stored_key_;
    Wiped server_key_;
    bool is_real_ = false;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_scram_server(
    Hash hash, UsesBinding uses, const ServerSetting& setting
) {
    return std::make_unique<ScramServer>(hash, uses, setting);
}

}  // namespace sallyport::xmpp::sasl
