// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/jid_prep.hpp"

#include <algorithm>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unistr.h>

#include "xmpp/core/precis.hpp"
#include "xmpp/core/stringprep.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

// Composed under today's Unicode too: stringprep composes only what Unicode 3.2 knew.
bool is_nfc(const icu::UnicodeString& text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    return U_SUCCESS(status) && nfc->isNormalized(text, status) && U_SUCCESS(status);
}

Result<std::string> prepare(
    const UStringPrepProfile* profile,
    std::string_view text,
    bool (*allowed)(const icu::UnicodeString&)
) {
    if (!is_utf8(text)) return Error("is not UTF-8");
    auto bytes = icu::StringPiece(text.data(), static_cast<int32_t>(text.size()));
    const icu::UnicodeString once = stringprep(profile, icu::UnicodeString::fromUTF8(bytes));
    if (once.isBogus()) return Error("is refused by stringprep");
    const icu::UnicodeString twice = stringprep(profile, once);
    if (twice.isBogus() || twice != once || !is_nfc(once))
        return Error("has no stable normal form");
    if (!allowed(once)) return Error("has a character that PRECIS disallows");
    std::string out;
    once.toUTF8String(out);
    return out;
}

using IdnaConverter =
    int32_t (*)(const UIDNA*, const char*, int32_t, char*, int32_t, UIDNAInfo*, UErrorCode*);

Result<std::string> convert(IdnaConverter converter, std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    // Rules and data that never change; made once, never freed before the program ends.
    static const UIDNA* idna = uidna_openUTS46(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_CHECK_CONTEXTO |
            UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
        &status
    );
    if (!idna) throw_exception_from_error(Error("ICU lacks its IDNA data"), BOOST_CURRENT_LOCATION);
    std::string out(text.size() * 18 + 64, '\0');
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    status = U_ZERO_ERROR;
    int32_t length = converter(
        idna,
        text.data(),
        static_cast<int32_t>(text.size()),
        out.data(),
        static_cast<int32_t>(out.size()),
        &info,
        &status
    );
    // RFC 7622 bounds a domain by its bytes and each label by the DNS; the 253 bytes of a DNS name
    // are not checked here.
    info.errors &= ~static_cast<std::uint32_t>(UIDNA_ERROR_DOMAIN_NAME_TOO_LONG);
    if (U_FAILURE(status) || info.errors != 0) return Error("is no internationalised domain name");
    out.resize(static_cast<std::size_t>(length));
    return out;
}

}  // namespace

Result<std::string> prepare_local(std::string_view text) {
    static const UStringPrepProfile* nodeprep = open_stringprep(USPREP_RFC3920_NODEPREP);
    return prepare(nodeprep, text, is_identifier);
}

Result<std::string> prepare_resource(std::string_view text) {
    static const UStringPrepProfile* resourceprep = open_stringprep(USPREP_RFC3920_RESOURCEPREP);
    return prepare(resourceprep, text, is_freeform);
}

Result<std::string> domain_to_ascii(std::string_view domain) {
    const bool is_ascii = std::all_of(domain.begin(), domain.end(), [](char c) { return c > 0; });
    // Also the spelling of literal addresses, which are no names.
    if (is_ascii) return std::string(domain);
    return convert(uidna_nameToASCII_UTF8, domain);
}

Result<std::string> prepare_domain(std::string_view text) {
    if (!is_utf8(text)) return Error("is not UTF-8");
    Result<std::string> ascii = convert(uidna_nameToASCII_UTF8, text);
    if (!ascii) return ascii.error();
    Result<std::string> unicode = convert(uidna_nameToUnicodeUTF8, *ascii);
    if (unicode && unicode->ends_with('.')) return Error("ends in an empty label");
    return unicode;
}

}  // namespace sallyport::xmpp
