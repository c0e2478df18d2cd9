// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/vcard.hpp"

#include <algorithm>

#include "xmpp/core/digest.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

void add_text_child(Element& parent, std::string_view name, std::string_view text) {
    if (!text.empty()) parent.add(name, ns::vcard_temp).add_text(text);
}

std::string text_of(const Element& parent, std::string_view name) {
    return parent.child_text(name, ns::vcard_temp).value_or("");
}

void add_photo(Element& card, const VCard& from) {
    if (from.photo_bytes.empty()) return;
    Element& photo = card.add("PHOTO", ns::vcard_temp);
    add_text_child(photo, "TYPE", from.photo_type);
    add_text_child(photo, "BINVAL", base64_encode(from.photo_bytes));
}

void read_photo(const Element& photo, VCard& card) {
    std::string encoded = text_of(photo, "BINVAL");
    // Clients wrap the lines as vCards are written elsewhere (XEP-0054 takes BINVAL from RFC 2426).
    std::erase_if(encoded, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    Result<std::string> bytes = base64_decode(encoded);
    if (!bytes || bytes->empty()) return;
    card.photo_type = text_of(photo, "TYPE");
    card.photo_bytes = std::move(*bytes);
}

void push_unless_empty(std::vector<std::string>& list, std::string text) {
    if (!text.empty()) list.push_back(std::move(text));
}

}  // namespace

Element build_vcard(const VCard& card) {
    Element element("vCard", ns::vcard_temp);
    add_text_child(element, "FN", card.full_name);
    add_text_child(element, "NICKNAME", card.nickname);
    add_photo(element, card);
    for (const std::string& number : card.telephones) {
        Element& telephone = element.add("TEL", ns::vcard_temp);
        telephone.add("VOICE", ns::vcard_temp);
        add_text_child(telephone, "NUMBER", number);
    }
    for (const std::string& address : card.emails) {
        Element& email = element.add("EMAIL", ns::vcard_temp);
        email.add("INTERNET", ns::vcard_temp);
        add_text_child(email, "USERID", address);
    }
    add_text_child(element, "URL", card.url);
    add_text_child(element, "DESC", card.description);
    return element;
}

std::optional<VCard> parse_vcard(const Element& element) {
    if (!element.is("vCard", ns::vcard_temp)) return std::nullopt;
    VCard card;
    card.full_name = text_of(element, "FN");
    card.nickname = text_of(element, "NICKNAME");
    card.description = text_of(element, "DESC");
    card.url = text_of(element, "URL");
    element.for_each([&](const Element& child) {
        if (child.is("TEL", ns::vcard_temp))
            push_unless_empty(card.telephones, text_of(child, "NUMBER"));
        if (child.is("EMAIL", ns::vcard_temp))
            push_unless_empty(card.emails, text_of(child, "USERID"));
        if (child.is("PHOTO", ns::vcard_temp)) read_photo(child, card);
    });
    return card;
}

std::string vcard_photo_hash(const Element& element) {
    const auto card = parse_vcard(element);
    if (!card || card->photo_bytes.empty()) return {};
    return hex_encode(digest(Hash::sha1, card->photo_bytes));
}

Element build_vcard_update(std::string_view photo_hash) {
    Element x("x", ns::vcard_update);
    x.add("photo", ns::vcard_update).add_text(photo_hash);
    return x;
}

}  // namespace sallyport::xmpp
