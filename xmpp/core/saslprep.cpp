// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/saslprep.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <unicode/unistr.h>
#include <unicode/usprep.h>

#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

const UStringPrepProfile* profile() {
    UErrorCode status = U_ZERO_ERROR;
    const UStringPrepProfile* opened = usprep_openByType(USPREP_RFC4013_SASLPREP, &status);
    if (U_FAILURE(status))
        throw_exception_from_error(Error("ICU lacks its stringprep data"), BOOST_CURRENT_LOCATION);
    return opened;
}

void wipe(icu::UnicodeString& text) {
    if (char16_t* units = text.getBuffer(-1)) {
        OPENSSL_cleanse(units, static_cast<std::size_t>(text.getCapacity()) * sizeof(char16_t));
        text.releaseBuffer(0);
    }
}

// The prepared text, or the bogus one.
icu::UnicodeString prepare(const icu::UnicodeString& in) {
    static const UStringPrepProfile* saslprep_profile = profile();
    int32_t capacity = in.length() * 18 + 8;  // NFKC makes at most 18 code units of one
    icu::UnicodeString out;
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    int32_t length = usprep_prepare(
        saslprep_profile,
        in.getBuffer(),
        in.length(),
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

}  // namespace

Result<std::string> saslprep(std::string_view text) {
    if (is_printable_ascii(text)) return std::string(text);
    if (!is_utf8(text)) return Error("is not UTF-8");
    auto bytes = icu::StringPiece(text.data(), static_cast<int32_t>(text.size()));
    icu::UnicodeString in = icu::UnicodeString::fromUTF8(bytes);
    icu::UnicodeString prepared = prepare(in);
    wipe(in);
    if (prepared.isBogus()) return Error("is refused by SASLprep");
    std::string out;
    prepared.toUTF8String(out);
    wipe(prepared);
    return out;
}

}  // namespace sallyport::xmpp
