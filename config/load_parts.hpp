// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "config/section.hpp"

/// The loader in parts: the main file, a transport file, and the checks over all. Internal to
/// config/.
namespace sallyport::config {

using Descriptions = std::map<std::string, std::shared_ptr<const ProviderDescription>>;

/// The whole text of a file; errors name path and uid.
Result<std::string> read_file(const std::filesystem::path& path);

/// A JID of a kind, with its mistake reported at the key or item where it stands.
enum class JidKind { domain, bare };
Result<xmpp::Jid> parse_domain(std::string_view text);
Result<xmpp::Jid> parse_user(std::string_view text);  ///< a bare JID with a localpart

/// Lists of scalars understood by one parser; each bad item is reported at its own place.
template <class T>
std::vector<T> read_list(
    Section& in,
    std::string_view key,
    Result<T> (*parse)(std::string_view),
    Need need = Need::optional
) {
    std::vector<T> found;
    for (const Item& item : in.texts(key, need)) {
        auto value = parse(item.text);
        if (value) {
            found.push_back(*std::move(value));
            continue;
        }
        in.scope().problems.mistake(
            item.node->pos, item.key, in_quotes(item.node->text) + ": " + value.error().detail
        );
    }
    return found;
}

/// {chain: FILE, key: FILE}; files that cannot be read are reported.
std::optional<Certificate> read_certificate(Section& in);
/// A file of issuers' certificates (PEM); one that cannot be read or holds none is reported.
std::optional<std::filesystem::path> read_issuers(Section& in, std::string_view key);
/// An endpoint to connect to: port 0 is reported.
std::optional<Endpoint> read_address(Section& in, std::string_view key, Need need);
/// An http(s) URL without query and fragment; a trailing slash is cut.
std::optional<std::string> read_url(Section& in, std::string_view key, Need need);

/// The main file, apart from its transports.
void read_main(Section& top, Config& into);
void read_server(Section& in, ServerConfig& into);
std::string transports_pattern(Section& top);

/// One file of `transports:`; nothing when it is of no known kind.
std::optional<TransportConfig> read_transport(Section& top, const Config& config);
SmsConfig read_sms(Section& top, const Config& config);

/// What can only be seen with everything read: domains, numbers, people and hosts that do not fit
/// together.
void check_together(const Config& config, Problems& problems);

}  // namespace sallyport::config
