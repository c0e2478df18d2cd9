// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/stringprep.hpp"

#include "xmpp/core/result.hpp"

namespace sallyport::xmpp {

const UStringPrepProfile* open_stringprep(UStringPrepProfileType type) {
    UErrorCode status = U_ZERO_ERROR;
    const UStringPrepProfile* profile = usprep_openByType(type, &status);
    if (U_FAILURE(status))
        throw_exception_from_error(Error("ICU lacks its stringprep data"), BOOST_CURRENT_LOCATION);
    return profile;
}

icu::UnicodeString stringprep(const UStringPrepProfile* profile, const icu::UnicodeString& text) {
    int32_t capacity = text.length() * 18 + 8;  // NFKC makes at most 18 code units of one
    icu::UnicodeString out;
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    int32_t length = usprep_prepare(
        profile,
        text.getBuffer(),
        text.length(),
        out.getBuffer(capacity),
        capacity,
        USPREP_ALLOW_UNASSIGNED,
        &where,
        &status
    );
    out.releaseBuffer(U_SUCCESS(status) ? length : 0);
    if (U_FAILURE(status)) out.setToBogus();
    return out;
}

}  // namespace sallyport::xmpp
