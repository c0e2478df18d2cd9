// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/core/saslprep.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/rows.hpp"
#include "xmpp/sasl/scram.hpp"

namespace sallyport::xmpp::sasl {
namespace {

// Below this a stolen exchange is too cheap to search (RFC 7677 §4).
constexpr int min_iterations = 4096;

std::string prepared(std::string_view text) {
    Result<std::string> out = saslprep(text);
    return out ? std::move(*out) : std::string(text);
}

class ScramClient final : public ClientMechanism {
  public:
    ScramClient(Hash hash, UsesBinding uses, const ClientSetting& setting)
        : hash_(hash),
          setting_(without_password(setting)),
          password_(prepared(setting.password)),
          type_(
              uses == UsesBinding::yes ? choose_binding(setting.binding, setting.bindings)
                                       : std::string_view{}
          ),
          uses_(uses) {}

    std::optional<std::string> initial() override {
        gs2_header_ = flag() + ',';
        if (!setting_.authzid.empty()) gs2_header_ += "a=" + encode_name(setting_.authzid);
        gs2_header_ += ',';
        bare_ = "n=" + encode_name(prepared(setting_.user)) + ",r=" + setting_.nonce;
        return gs2_header_ + bare_;
    }

    ClientStep challenge(std::string_view bytes) override {
        if (state_ == State::begun && bytes.empty()) return *initial();
        switch (state_) {
            case State::begun:
                return take_first(bytes);
            case State::proved:
                // The form of RFC 4422 without data beside success.
                if (auto give_up = verify(bytes)) return *give_up;
                return std::string();
            default:
                return attack("a challenge after the last message");
        }
    }

    ClientStep derived(std::string_view salted) override {
        if (state_ != State::deriving) return attack("a key that was not wanted");
        return prove(salted);
    }

    std::optional<GiveUp> success(std::string_view data) override {
        if (state_ == State::verified && data.empty()) return std::nullopt;
        if (state_ != State::proved) return attack("success before the server proved itself");
        return verify(data);
    }

  private:
    enum class State { begun, deriving, proved, verified, over };

    static ClientSetting without_password(ClientSetting setting) {
        wipe(setting.password);
        return setting;
    }

    GiveUp attack(std::string why) {
        state_ = State::over;
        return GiveUp{std::move(why), true};
    }

    // RFC 5802 §6 with XEP-0474 §7: "y" only when nothing at all was offered.
    std::string flag() const {
        if (uses_ == UsesBinding::yes) return "p=" + std::string(type_);
        bool could = !setting_.binding.is_empty();
        return could && !setting_.server_offers_binding && setting_.bindings.empty() ? "y" : "n";
    }

    ClientStep take_first(std::string_view bytes) {
        if (uses_ == UsesBinding::yes && type_.empty())
            return GiveUp{"no channel binding that both sides have"};
        std::optional<ServerFirst> first = parse_server_first(bytes);
        if (!first) return attack("not the first message of SCRAM");
        if (!first->nonce.starts_with(setting_.nonce) ||
            first->nonce.size() == setting_.nonce.size())
            return attack("the nonce does not go on from ours");
        if (first->iterations < min_iterations) return attack("too few iterations");
        if (first->iterations > setting_.max_iterations) return attack("too many iterations");
        if (first->offer_hash && !setting_.offered.empty() &&
            *first->offer_hash != hash_of_offer(hash_, setting_.offered, setting_.bindings))
            return attack("the offered mechanisms were changed on the way (XEP-0474)");
        nonce_ = first->nonce;
        server_first_ = bytes;
        state_ = State::deriving;
        return KeyWanted{hash_, std::move(password_), std::move(first->salt), first->iterations};
    }

    std::string prove(std::string_view salted) {
        std::string bound = gs2_header_;
        if (uses_ == UsesBinding::yes) bound += binding_data(setting_.binding, type_);
        std::string final = "c=" + base64_encode(bound) + ",r=" + nonce_;
        std::string message = bare_ + ',' + server_first_ + ',' + final;
        Wiped client_key(hmac(hash_, salted, "Client Key"));
        Wiped server_key(hmac(hash_, salted, "Server Key"));
        std::string client_signature = hmac(hash_, digest(hash_, client_key), message);
        signature_ = hmac(hash_, server_key, message);
        state_ = State::proved;
        return final + ",p=" + base64_encode(exclusive_or(client_key, client_signature));
    }

    std::optional<GiveUp> verify(std::string_view bytes) {
        std::optional<ServerFinal> final = parse_server_final(bytes);
        if (!final) return attack("the server did not prove itself");
        if (!final->error.empty()) {
            state_ = State::over;
            return GiveUp{"refused: " + final->error};
        }
        if (!equal_constant_time(final->signature, signature_))
            return attack("the server does not know the password");
        state_ = State::verified;
        return std::nullopt;
    }

    const Hash hash_;
    const ClientSetting setting_;
    Wiped password_;  // until the key is wanted
    const std::string_view type_;
    const UsesBinding uses_;
    State state_ = State::begun;
    std::string gs2_header_;
    std::string bare_;
    std::string nonce_;         // of both
    std::string server_first_;  // as it came
    std::string signature_;
};

}  // namespace

std::unique_ptr<ClientMechanism> make_scram_client(
    Hash hash, UsesBinding uses, const ClientSetting& setting
) {
    return std::make_unique<ScramClient>(hash, uses, setting);
}

}  // namespace sallyport::xmpp::sasl
