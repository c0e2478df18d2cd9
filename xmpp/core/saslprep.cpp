// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/saslprep.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <unicode/unistr.h>

#include "xmpp/core/stringprep.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

void wipe(icu::UnicodeString& text) {
    if (char16_t* units = text.getBuffer(-1)) {
        OPENSSL_cleanse(units, static_cast<std::size_t>(text.getCapacity()) * sizeof(char16_t));
        text.releaseBuffer(0);
    }
}

}  // namespace

Result<std::string> saslprep(std::string_view text) {
    if (is_printable_ascii(text)) return std::string(text);
    if (!is_utf8(text)) return Error("is not UTF-8");
    static const UStringPrepProfile* profile = open_stringprep(USPREP_RFC4013_SASLPREP);
    auto bytes = icu::StringPiece(text.data(), static_cast<int32_t>(text.size()));
    icu::UnicodeString in = icu::UnicodeString::fromUTF8(bytes);
    icu::UnicodeString prepared = stringprep(profile, in);
    wipe(in);
    if (prepared.isBogus()) return Error("is refused by SASLprep");
    std::string out;
    prepared.toUTF8String(out);
    wipe(prepared);
    return out;
}

}  // namespace sallyport::xmpp
