// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gateway/port/query.hpp"
#include "xmpp/xep/forms.hpp"
#include "xmpp/xep/register.hpp"

namespace sallyport::translate {

/// A transport's form as XEP-0004, to be filled in. Secrets are never shown, whatever value they
/// have.
xmpp::Form to_form(const port::Form& form, const std::string& form_type);
/// What was filled in.
port::FormValues to_values(const xmpp::Form& form);

/// The form of a registration, and beside it the legacy fields of XEP-0077 that clients without
/// forms know: a field under its own name when XEP-0077 has it, else the first text as `username`
/// and the first secret as `password`.
xmpp::Registration to_registration(const port::Form& form);
/// What a client answered to to_registration(form), by form or by legacy fields.
port::FormValues to_values(const xmpp::Registration& answer, const port::Form& form);

}  // namespace sallyport::translate
