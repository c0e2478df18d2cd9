// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xmpp/core/element.hpp"
#include "xmpp/xep/forms.hpp"

namespace sallyport::xmpp {

/// XEP-0030 service discovery, XEP-0128 extensions and XEP-0115 capabilities.
struct Identity {
    std::string category;
    std::string type;
    std::string name;
    std::string lang;

    Identity() = default;
    Identity(std::string c, std::string t, std::string n = {}, std::string l = {})
        : category(std::move(c)), type(std::move(t)), name(std::move(n)), lang(std::move(l)) {}
    friend bool operator==(const Identity&, const Identity&) = default;
};

struct DiscoInfo {
    std::string node;
    std::vector<Identity> identities;
    std::vector<std::string> features;
    std::vector<Form> forms;

    bool has_feature(std::string_view feature) const;
};

struct DiscoItem {
    std::string jid;
    std::string node;
    std::string name;
};

/// The <query/> of a result (or, from an empty value, of a request).
Element build_disco_info(const DiscoInfo& info);
/// Nothing when it is no disco#info query.
std::optional<DiscoInfo> parse_disco_info(const Element& query);
Element build_disco_items(const std::vector<DiscoItem>& items, std::string_view node = {});
std::vector<DiscoItem> parse_disco_items(const Element& query);

struct Caps {
    std::string hash;  ///< "sha-1"
    std::string node;
    std::string ver;
};

/// XEP-0115 §5: base64 of SHA-1. Order of the input does not matter.
std::string caps_hash(const DiscoInfo& info);
/// XEP-0115 §5.4 (3): false when identities, features or forms repeat, so that no hash may be
/// trusted.
bool is_fit_for_caps(const DiscoInfo& info);
/// The <c/> of a presence.
Element build_caps(std::string_view node, std::string_view ver);
std::optional<Caps> parse_caps(const Element& presence);

}  // namespace sallyport::xmpp
