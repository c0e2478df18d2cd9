// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/precis.hpp"

#include <algorithm>
#include <array>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace sallyport::xmpp {
namespace {

enum class Class { valid, freeform_only, context, disallowed };

struct Range {
    UChar32 first;
    UChar32 last;
    Class as;
};

// RFC 8264 §9.6 = RFC 5892 §2.6: exceptions to what the properties say.
constexpr std::array<Range, 16> exceptions{{
    {0x00B7, 0x00B7, Class::context},
    {0x00DF, 0x00DF, Class::valid},
    {0x0375, 0x0375, Class::context},
    {0x03C2, 0x03C2, Class::valid},
    {0x05F3, 0x05F4, Class::context},
    {0x0640, 0x0640, Class::disallowed},
    {0x0660, 0x0669, Class::context},
    {0x06F0, 0x06F9, Class::context},
    {0x06FD, 0x06FE, Class::valid},
    {0x07FA, 0x07FA, Class::disallowed},
    {0x0F0B, 0x0F0B, Class::valid},
    {0x3007, 0x3007, Class::valid},
    {0x302E, 0x302F, Class::disallowed},
    {0x3031, 0x3035, Class::disallowed},
    {0x303B, 0x303B, Class::disallowed},
    {0x30FB, 0x30FB, Class::context},
}};

constexpr std::uint32_t letter_digits = U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK |
                                        U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK;
constexpr std::uint32_t freeform_categories = U_GC_LT_MASK | U_GC_NL_MASK | U_GC_NO_MASK |
                                              U_GC_ME_MASK | U_GC_ZS_MASK | U_GC_S_MASK |
                                              U_GC_P_MASK;

bool has_compatibility_form(UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
    icu::UnicodeString text(c);
    return U_SUCCESS(status) && nfkc->normalize(text, status) != text;
}

bool is_old_hangul(UChar32 c) {
    int32_t type = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
    return type == U_HST_LEADING_JAMO || type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

bool is_ignorable(UChar32 c) {
    return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
           u_hasBinaryProperty(c, UCHAR_NONCHARACTER_CODE_POINT);
}

// The order of the tests is that of RFC 8264 §8.
Class classify(UChar32 c) {
    for (const Range& range : exceptions)
        if (c >= range.first && c <= range.last) return range.as;
    std::uint32_t category = U_GET_GC_MASK(c);
    if (category & U_GC_CN_MASK) return Class::disallowed;
    if (c > 0x20 && c < 0x7F) return Class::valid;
    if (u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL)) return Class::context;
    if (is_old_hangul(c) || is_ignorable(c) || (category & U_GC_CC_MASK)) return Class::disallowed;
    if (has_compatibility_form(c)) return Class::freeform_only;
    if (category & letter_digits) return Class::valid;
    return category & freeform_categories ? Class::freeform_only : Class::disallowed;
}

UScriptCode script(UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    return uscript_getScript(c, &status);
}

bool contains(const icu::UnicodeString& text, UChar32 first, UChar32 last) {
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
        if (UChar32 c = text.char32At(i); c >= first && c <= last) return true;
    return false;
}

bool has_japanese(const icu::UnicodeString& text) {
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        UScriptCode code = script(text.char32At(i));
        if (code == USCRIPT_HIRAGANA || code == USCRIPT_KATAKANA || code == USCRIPT_HAN)
            return true;
    }
    return false;
}

// RFC 5892 appendix A. Joiners never get here: both profiles map them to nothing.
bool context_allows(const icu::UnicodeString& text, int32_t at, UChar32 c) {
    UChar32 before = at > 0 ? text.char32At(text.moveIndex32(at, -1)) : 0;
    int32_t next = text.moveIndex32(at, 1);
    UChar32 after = next < text.length() ? text.char32At(next) : 0;
    if (c == 0x00B7) return before == 'l' && after == 'l';
    if (c == 0x0375) return script(after) == USCRIPT_GREEK;
    if (c == 0x05F3 || c == 0x05F4) return script(before) == USCRIPT_HEBREW;
    if (c == 0x30FB) return has_japanese(text);
    if (c >= 0x0660 && c <= 0x0669) return !contains(text, 0x06F0, 0x06F9);
    if (c >= 0x06F0 && c <= 0x06F9) return !contains(text, 0x0660, 0x0669);
    return false;
}

template <class Allowed>
bool every(const icu::UnicodeString& text, Allowed allowed) {
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        UChar32 c = text.char32At(i);
        Class as = classify(c);
        bool fine = as == Class::context ? context_allows(text, i, c) : allowed(c, as);
        if (!fine) return false;
    }
    return true;
}

}  // namespace

bool is_identifier(const icu::UnicodeString& text) {
    // A capital that Unicode 3.2 did not know survives nodeprep; PRECIS would fold it, so two keys
    // would name one user.
    return every(text, [](UChar32 c, Class as) { return as == Class::valid && u_tolower(c) == c; });
}

bool is_freeform(const icu::UnicodeString& text) {
    return every(text, [](UChar32, Class as) {
        return as == Class::valid || as == Class::freeform_only;
    });
}

}  // namespace sallyport::xmpp
