// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unicode/unistr.h>

/// The string classes of PRECIS (RFC 8264 §4), derived from the properties of the ICU in use.
namespace sallyport::xmpp {

/// IdentifierClass, already case-mapped as UsernameCaseMapped (RFC 8265 §3.3) wants it.
bool is_identifier(const icu::UnicodeString& text);
/// FreeformClass.
bool is_freeform(const icu::UnicodeString& text);

}  // namespace sallyport::xmpp
