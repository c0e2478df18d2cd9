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

/// XEP-0077 in-band registration: the form and the legacy fields side by side, for clients know one
/// or the other.
struct Registration {
    bool registered = false;
    bool remove = false;
    std::string instructions;
    std::vector<std::pair<std::string, std::string>>
        fields;  ///< legacy: name (username, phone, ...) and value
    std::optional<Form> form;
    std::string oob_url;  ///< where to register instead; may be empty

    /// From the form when there is one that has it, else from the legacy fields. Nothing when
    /// absent.
    std::optional<std::string_view> value(std::string_view name) const;
    bool is_cancelled() const { return form && form->type == FormType::cancel; }
};

Element build_registration(const Registration& registration);
/// REQUIRES: a jabber:iq:register query.
Registration parse_registration(const Element& query);

}  // namespace sallyport::xmpp
