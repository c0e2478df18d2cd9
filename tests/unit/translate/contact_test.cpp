// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/contact.hpp"

#include <gtest/gtest.h>

#include "gateway/translate/presence.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::translate {
namespace {

using port::Failure;
using port::Reason;
using xmpp::Condition;
using xmpp::StanzaType;

TEST(TranslateContact, an_address_is_refused_in_the_transports_words) {
    const auto error = address_error(Failure(Reason::region_refused, "Not to this country."));
    EXPECT_EQ(error.condition, Condition::not_allowed);
    EXPECT_EQ(error.text, "Not to this country.");
}

TEST(TranslateContact, a_refusal_without_words_has_the_sentence_of_its_reason) {
    EXPECT_EQ(
        address_error(Failure(Reason::invalid_number)).text, port::sentence(Reason::invalid_number)
    );
    EXPECT_EQ(address_error(Failure(Reason::bad_request)).condition, Condition::jid_malformed);
}

TEST(TranslateContact, a_provider_that_cannot_be_asked_is_a_matter_of_waiting) {
    for (Reason reason : {Reason::temporary, Reason::not_connected, Reason::balance})
        EXPECT_EQ(registration_error(Failure(reason)).type, xmpp::ErrorType::wait);
}

TEST(TranslateContact, gone_names_the_canonical_contact_by_uri) {
    const auto error = gone_to(*xmpp::Jid::parse("+15551234567@sms.example.org"));
    EXPECT_EQ(error.condition, Condition::gone);
    EXPECT_EQ(error.uri, "xmpp:+15551234567@sms.example.org");
}

TEST(TranslateContact, a_name_is_shown_rather_than_the_address) {
    port::ContactInfo contact;
    contact.address = port::Address("+15551234567");
    EXPECT_EQ(display_name(contact), "+15551234567");
    contact.name = "Bob";
    EXPECT_EQ(to_vcard(contact).full_name, "Bob");
    EXPECT_TRUE(to_vcard(contact).description.empty());
    contact.replyable = false;
    EXPECT_FALSE(to_vcard(contact).description.empty());
}

TEST(TranslatePresence, an_available_contact_says_caps_nick_and_no_picture) {
    const auto from = *xmpp::Jid::parse("+15551234567@sms.example.org");
    const auto to = *xmpp::Jid::parse("alice@example.org");
    const auto made = build_available({from, to, "hash", "Bob", ""});
    EXPECT_EQ(made.type(), StanzaType::available);
    EXPECT_EQ(xmpp::parse_caps(made.element())->ver, "hash");
    EXPECT_EQ(made.element().child_text("nick", xmpp::ns::nick), "Bob");
    EXPECT_NE(made.element().child("x", xmpp::ns::vcard_update), nullptr);
    EXPECT_EQ(made.element().child("status", xmpp::ns::client), nullptr);
}

}  // namespace
}  // namespace sallyport::translate
