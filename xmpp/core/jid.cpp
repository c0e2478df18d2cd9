// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/jid.hpp"

#include <array>

#include "xmpp/core/jid_prep.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

constexpr std::size_t max_part_bytes = 1023;  // RFC 7622 §3.1, after normalisation

// What stringprep and PRECIS agree on for one ASCII byte: itself, its lower-case form, or 0 = take
// the long way (which refuses what is forbidden). Nearly every address consists of such bytes only.
using Plain = std::array<char, 256>;

constexpr Plain make_plain_local() {
    Plain plain{};
    for (char c = 0x21; c < 0x7F; ++c) plain[static_cast<unsigned char>(c)] = c;
    for (char c : std::string_view("\"&'/:<>@")) plain[static_cast<unsigned char>(c)] = 0;
    for (char c = 'A'; c <= 'Z'; ++c)
        plain[static_cast<unsigned char>(c)] = static_cast<char>(c + 32);
    return plain;
}

constexpr Plain make_plain_resource() {
    Plain plain{};
    for (char c = 0x20; c < 0x7F; ++c) plain[static_cast<unsigned char>(c)] = c;
    return plain;
}

constexpr Plain make_plain_domain() {
    Plain plain{};
    for (char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-."))
        plain[static_cast<unsigned char>(c)] = c;
    for (char c = 'A'; c <= 'Z'; ++c)
        plain[static_cast<unsigned char>(c)] = static_cast<char>(c + 32);
    return plain;
}

constexpr Plain plain_local = make_plain_local();
constexpr Plain plain_domain = make_plain_domain();
constexpr Plain plain_resource = make_plain_resource();

// Appends the normal form of a plain part; false, with `out` as before, when one byte is not plain.
bool append_plain(std::string& out, std::string_view part, const Plain& plain) {
    std::size_t before = out.size();
    out.resize(before + part.size());
    char* to = out.data() + before;
    for (char c : part) {
        char mapped = plain[static_cast<unsigned char>(c)];
        if (mapped == 0) {
            out.resize(before);
            return false;
        }
        *to++ = mapped;
    }
    return true;
}

bool is_plain_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
        return false;
    // "xn--" and its like go the long way.
    return label.size() < 4 || label[2] != '-' || label[3] != '-';
}

bool has_plain_labels(std::string_view domain) {
    while (true) {
        std::size_t dot = domain.find('.');
        if (!is_plain_label(domain.substr(0, dot))) return false;
        if (dot == domain.npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

// LDH labels separated by single dots (RFC 5890 §2.3.1), in lower case.
bool append_plain_domain(std::string& out, std::string_view domain) {
    return has_plain_labels(domain) && append_plain(out, domain, plain_domain);
}

Error refuse(std::string_view part, std::string_view why) {
    return Error("jid: " + std::string(part) + " " + std::string(why));
}

using Prepare = Result<std::string> (*)(std::string_view);

// Appends one part by the short or the long way, and bounds it.
template <class Fast>
Result<void> append_part(
    std::string& out, std::string_view part, std::string_view name, Fast fast, Prepare slow
) {
    std::size_t before = out.size();
    // Normalising can shorten (four bytes to one at most), never without bound.
    if (part.size() > 4 * max_part_bytes) return refuse(name, "is too long");
    if (!fast(out, part)) {
        Result<std::string> prepared = slow(part);
        if (!prepared) return refuse(name, prepared.error().detail);
        out += *prepared;
    }
    std::size_t size = out.size() - before;
    if (size == 0) return refuse(name, "is empty");
    if (size > max_part_bytes) return refuse(name, "is too long");
    return {};
}

bool fast_local(std::string& out, std::string_view part) {
    return append_plain(out, part, plain_local);
}
bool fast_resource(std::string& out, std::string_view part) {
    return append_plain(out, part, plain_resource);
}

// XEP-0106 §3.1: the characters that get an escape, and their two digits.
constexpr std::string_view escaped = " \"&'/:<>@\\";
constexpr std::array<std::string_view, 10> codes{
    "20", "22", "26", "27", "2f", "3a", "3c", "3e", "40", "5c"};

// The character that the escape at `at` (a backslash) stands for, or 0 when it is none.
char unescaped(std::string_view text, std::size_t at) {
    if (text[at] != '\\' || at + 3 > text.size()) return 0;
    for (std::size_t i = 0; i < codes.size(); ++i)
        if (iequals_ascii(text.substr(at + 1, 2), codes[i])) return escaped[i];
    return 0;
}

}  // namespace

Result<Jid> Jid::parse(std::string_view text) {
    // RFC 7622 §3.2: the first '/' ends the rest; then the first '@' before it ends the localpart.
    std::size_t slash = text.find('/');
    std::string_view rest = text.substr(0, slash);
    std::size_t at = rest.find('@');
    std::string_view local = at == rest.npos ? std::string_view{} : rest.substr(0, at);
    std::string_view domain = at == rest.npos ? rest : rest.substr(at + 1);
    if (at == 0) return refuse("localpart", "is empty");
    if (slash != text.npos && slash + 1 == text.size()) return refuse("resource", "is empty");
    return from_parts(
        local, domain, slash == text.npos ? std::string_view{} : text.substr(slash + 1)
    );
}

Result<Jid> Jid::from_parts(
    std::string_view local, std::string_view domain, std::string_view resource
) {
    Jid jid;
    std::string& out = jid.text_;
    out.reserve(local.size() + domain.size() + resource.size() + 2);
    if (!local.empty()) {
        Result<void> done = append_part(out, local, "localpart", fast_local, prepare_local);
        if (!done) return done.error();
        jid.local_ = out.size();
        out += '@';
    }
    std::size_t start = out.size();
    if (domain.ends_with('.')) domain.remove_suffix(1);  // RFC 7622 §3.2
    Result<void> done = append_part(out, domain, "domain", append_plain_domain, prepare_domain);
    if (!done) return done.error();
    jid.domain_ = out.size() - start;
    if (!resource.empty()) {
        out += '/';
        done = append_part(out, resource, "resource", fast_resource, prepare_resource);
        if (!done) return done.error();
    }
    return jid;
}

Jid Jid::bare() const {
    Jid jid(*this);
    jid.text_.resize(domain_at() + domain_);
    return jid;
}

Result<Jid> Jid::with_resource(std::string_view resource) const {
    Jid jid = bare();
    if (resource.empty()) return jid;
    jid.text_ += '/';
    Result<void> done =
        append_part(jid.text_, resource, "resource", fast_resource, prepare_resource);
    if (!done) return done.error();
    return jid;
}

std::string escape_local(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 6);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::size_t index = escaped.find(text[i]);
        // A backslash is escaped only where it would read as the start of an escape (XEP-0106
        // §4.2).
        bool needed = index != escaped.npos && (text[i] != '\\' || unescaped(text, i) != 0);
        out += needed ? '\\' : text[i];
        if (needed) out += codes[index];
    }
    return out;
}

std::string unescape_local(std::string_view local) {
    std::string out;
    out.reserve(local.size());
    for (std::size_t i = 0; i < local.size(); ++i) {
        char plain = unescaped(local, i);
        out += plain != 0 ? plain : local[i];
        if (plain != 0) i += 2;
    }
    return out;
}

}  // namespace sallyport::xmpp
