// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/legacy/digest_md5.hpp"
#include "xmpp/sasl/rows.hpp"

namespace sallyport::xmpp::sasl {
namespace {

class DigestServer final : public ServerMechanism {
  public:
    explicit DigestServer(const ServerSetting& setting)
        : domain_(setting.domain), nonce_(setting.nonce) {}

    ServerStep respond(std::string_view response) override {
        switch (std::exchange(awaits_, Awaits::nothing)) {
            case Awaits::start:
                // RFC 2831 §2.2, subsequent authentication, is not offered.
                if (!response.empty()) return Fault::malformed_request;
                awaits_ = Awaits::response;
                return Challenge{
                    "realm=" + quote(domain_) + ",nonce=" + quote(nonce_) +
                    ",qop=\"auth\",charset=utf-8,algorithm=md5-sess"};
            case Awaits::response:
                return take(response);
            case Awaits::last:
                if (!response.empty()) return Fault::malformed_request;
                return Success{user_, input_.authzid, {}};
            default:
                return Fault::malformed_request;
        }
    }

    ServerStep answer(const Answer& answer) override {
        const auto* secret = std::get_if<Secret>(&answer);
        if (!secret) {
            const auto* denied = std::get_if<Denied>(&answer);
            return denied ? denied->fault : Fault::not_authorized;
        }
        input_.secret = secret->bytes;
        if (!equal_constant_time(digest_response(input_, Prover::client), response_))
            return Fault::not_authorized;
        awaits_ = Awaits::last;
        return Challenge{"rspauth=" + digest_response(input_, Prover::server)};
    }

  private:
    enum class Awaits { start, response, last, nothing };

    ServerStep take(std::string_view text) {
        auto directives = parse_directives(text);
        if (!directives || !is_utf8(text) || !parse(*directives)) return Fault::malformed_request;
        bool is_ours = only(*directives, "nonce") == nonce_ && realm_ == domain_ && is_our_uri();
        std::optional<std::string> user = normal_user(name_, domain_);
        // What was hashed is the name as sent: another spelling could not be verified.
        if (!is_ours || !user || *user != name_) return Fault::not_authorized;
        user_ = std::move(*user);
        return Question(AskSecret{user_, AskSecret::Kind::digest_md5});
    }

    bool parse(const std::vector<Directive>& all) {
        auto name = only(all, "username"), cnonce = only(all, "cnonce");
        auto uri = only(all, "digest-uri"), response = only(all, "response");
        auto nc = only(all, "nc");
        for (const char* once : {"realm", "qop", "authzid", "charset"})
            if (count(all, once) > 1) return false;
        if (!name || !cnonce || !uri || !response || nc != "00000001") return false;
        if (name->empty() || cnonce->empty() || response->size() != 32) return false;
        if (only(all, "qop").value_or("auth") != "auth") return false;
        name_ = std::move(*name);
        realm_ = only(all, "realm").value_or(domain_);
        response_ = std::move(*response);
        input_.nonce = nonce_;
        input_.cnonce = std::move(*cnonce);
        input_.uri = std::move(*uri);
        input_.authzid = only(all, "authzid").value_or("");
        return true;
    }

    // serv-type "/" host ["/" serv-name]
    bool is_our_uri() const {
        std::string ours = "xmpp/" + domain_;
        return input_.uri == ours || input_.uri == ours + '/' + domain_;
    }

    const std::string domain_;
    const std::string nonce_;
    Awaits awaits_ = Awaits::start;
    std::string name_;
    std::string realm_;
    std::string response_;
    std::string user_;
    DigestInput input_;
};

}  // namespace

std::unique_ptr<ServerMechanism> make_digest_md5_server(const ServerSetting& setting) {
    return std::make_unique<DigestServer>(setting);
}

}  // namespace sallyport::xmpp::sasl
