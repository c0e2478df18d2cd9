// SPDX-License-Identifier: Apache-2.0
#include "xmpp/sasl/identity.hpp"

#include <algorithm>

#include "xmpp/core/jid.hpp"

namespace sallyport::xmpp::sasl {

std::optional<std::string> normal_user(std::string_view user, std::string_view domain) {
    if (user.empty()) return std::nullopt;
    Result<Jid> jid = Jid::from_parts(user, domain);
    if (!jid) return std::nullopt;
    return std::string(jid->local());
}

std::optional<std::string> local_user(std::string_view text, std::string_view domain) {
    Result<Jid> jid = Jid::parse(text);
    if (!jid || !jid->is_bare() || jid->local().empty() || jid->domain() != domain)
        return std::nullopt;
    return std::string(jid->local());
}

std::optional<std::string> certified_user(
    std::string_view authzid, const std::vector<std::string>& certified, std::string_view domain
) {
    if (authzid.empty())
        return certified.size() == 1 ? std::optional(certified.front()) : std::nullopt;
    std::optional<std::string> wanted = local_user(authzid, domain);
    const bool is_there =
        wanted && std::find(certified.begin(), certified.end(), *wanted) != certified.end();
    return is_there ? wanted : std::nullopt;
}

std::optional<std::string> authorise(const Success& success, std::string_view domain) {
    std::optional<std::string> user = normal_user(success.user, domain);
    if (!user || *user != success.user) return std::nullopt;
    if (success.authzid.empty()) return user;
    std::optional<std::string> wanted = local_user(success.authzid, domain);
    if (!wanted || *wanted != *user) return std::nullopt;
    return user;
}

ServerStep conclude(const Answer& answer, std::string_view asked, std::string_view authzid) {
    if (const auto* denied = std::get_if<Denied>(&answer)) return denied->fault;
    const auto* granted = std::get_if<Granted>(&answer);
    if (!granted) return Fault::temporary_auth_failure;
    std::string user = granted->user.empty() ? std::string(asked) : granted->user;
    if (user.empty() || (!asked.empty() && user != asked)) return Fault::not_authorized;
    return Success{std::move(user), std::string(authzid), granted->data};
}

}  // namespace sallyport::xmpp::sasl
