// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/legacy/digest_md5.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"
#include "xmpp/sasl/rows.hpp"

namespace sallyport::xmpp::sasl {
namespace {

bool lists_auth(std::string_view qop) {
    while (!qop.empty()) {
        std::size_t comma = qop.find(',');
        if (trim(qop.substr(0, comma)) == "auth") return true;
        qop.remove_prefix(comma == qop.npos ? qop.size() : comma + 1);
    }
    return false;
}

// Several realms may be offered: ours if it is among them, else the first; none: our domain.
std::string choose_realm(const std::vector<Directive>& challenge, const std::string& domain) {
    std::string chosen;
    for (const Directive& directive : challenge) {
        if (directive.name != "realm") continue;
        if (directive.value == domain) return domain;
        if (chosen.empty()) chosen = directive.value;
    }
    return chosen.empty() ? domain : chosen;
}

class DigestClient final : public ClientMechanism {
  public:
    explicit DigestClient(const ClientSetting& setting)
        : domain_(setting.domain), user_(setting.user), password_(setting.password) {
        input_.authzid = setting.authzid;
        input_.cnonce = setting.nonce;
        input_.uri = "xmpp/" + setting.domain;
    }

    std::optional<std::string> initial() override { return std::nullopt; }

    ClientStep challenge(std::string_view bytes) override {
        switch (std::exchange(state_, State::over)) {
            case State::begun:
                return take_challenge(bytes);
            case State::answered:
                if (auto give_up = verify(bytes)) return *give_up;
                return std::string();
            default:
                return GiveUp{"a challenge after the last message", true};
        }
    }

    std::optional<GiveUp> success(std::string_view data) override {
        if (state_ == State::verified && data.empty()) return std::nullopt;
        // RFC 4422: rspauth may come with success.
        if (state_ == State::answered) return verify(data);
        return GiveUp{"success before the server proved itself", true};
    }

  private:
    enum class State { begun, answered, verified, over };

    ClientStep take_challenge(std::string_view bytes) {
        auto challenge = parse_directives(bytes);
        if (!challenge) return GiveUp{"not a challenge of DIGEST-MD5", true};
        std::optional<std::string> nonce = only(*challenge, "nonce");
        // RFC 2831 wants an algorithm; servers that leave it out mean the only one there is.
        std::string algorithm = only(*challenge, "algorithm").value_or("md5-sess");
        std::string qop = only(*challenge, "qop").value_or("auth");
        bool is_sane = nonce && !nonce->empty() && algorithm == "md5-sess" &&
                       count(*challenge, "algorithm") < 2 && count(*challenge, "charset") < 2;
        if (!is_sane) return GiveUp{"a challenge that RFC 2831 forbids", true};
        if (!lists_auth(qop)) return GiveUp{"no quality of protection that XMPP can use"};
        input_.nonce = std::move(*nonce);
        return respond(choose_realm(*challenge, domain_));
    }

    std::string respond(const std::string& realm) {
        input_.secret = digest_md5_secret(user_, realm, password_);
        std::string out = "charset=utf-8,username=" + quote(user_) + ",realm=" + quote(realm) +
                          ",nonce=" + quote(input_.nonce) + ",nc=" + input_.count +
                          ",cnonce=" + quote(input_.cnonce) + ",digest-uri=" + quote(input_.uri) +
                          ",response=" + digest_response(input_, Prover::client) + ",qop=auth";
        if (!input_.authzid.empty()) out += ",authzid=" + quote(input_.authzid);
        expected_ = digest_response(input_, Prover::server);
        wipe(input_.secret);
        state_ = State::answered;
        return out;
    }

    std::optional<GiveUp> verify(std::string_view bytes) {
        state_ = State::over;
        auto directives = parse_directives(bytes);
        std::optional<std::string> rspauth;
        if (directives) rspauth = only(*directives, "rspauth");
        if (!rspauth || !equal_constant_time(*rspauth, expected_))
            return GiveUp{"the server does not know the password", true};
        state_ = State::verified;
        return std::nullopt;
    }

    const std::string domain_;
    const std::string user_;
    const Wiped password_;
    State state_ = State::begun;
    DigestInput input_;
    std::string expected_;
};

}  // namespace

std::unique_ptr<ClientMechanism> make_digest_md5_client(const ClientSetting& setting) {
    return std::make_unique<DigestClient>(setting);
}

}  // namespace sallyport::xmpp::sasl
