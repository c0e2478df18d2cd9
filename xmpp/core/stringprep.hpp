// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unicode/unistr.h>
#include <unicode/usprep.h>

namespace sallyport::xmpp {

/// The rules of one profile, never closed: keep them in a static. Throws when ICU lacks its data.
const UStringPrepProfile* open_stringprep(UStringPrepProfileType type);

/// `text` prepared (RFC 3454); the bogus string when the profile refuses it. Code points that
/// Unicode 3.2 did not have are allowed.
icu::UnicodeString stringprep(const UStringPrepProfile* profile, const icu::UnicodeString& text);

}  // namespace sallyport::xmpp
