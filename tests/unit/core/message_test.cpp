// SPDX-License-Identifier: Apache-2.0
// What users send that is no plain text, or cannot go: each is answered with its reason. gateway.md
// §2.7.
#include <gtest/gtest.h>

#include "gateway/core/media.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaType;
namespace ns = xmpp::ns;

struct MessageTest : ::testing::Test {
    CoreWorld world;
    MessageTest() {
        world.add_account(alice, "+15550001111");
        world.link_up();
        world.settle();
        world.take();
    }
    std::vector<Stanza> answers(const Stanza& stanza) {
        world.receive(stanza);
        world.settle();
        return world.take();
    }
    void expect_error(const Stanza& stanza, Condition condition, std::string_view words = "") {
        const auto sent = answers(stanza);
        ASSERT_FALSE(sent.empty());
        ASSERT_EQ(sent[0].type(), StanzaType::error);
        EXPECT_EQ(sent[0].to(), stanza.from());
        EXPECT_EQ(sent[0].id(), stanza.id());
        EXPECT_EQ(error_of(sent[0]).condition, condition);
        EXPECT_NE(error_of(sent[0]).text.find(words), std::string::npos) << error_of(sent[0]).text;
        EXPECT_TRUE(world.transport.submitted.empty());
    }
    void expect_silence(const Stanza& stanza) {
        EXPECT_TRUE(answers(stanza).empty());
        EXPECT_TRUE(world.transport.submitted.empty());
    }
};

TEST_F(MessageTest, an_encrypted_message_is_refused_with_what_to_do) {
    Stanza stanza = chat(
        bob_number,
        "I sent you an OMEMO encrypted message but your client doesn't seem to support that."
    );
    stanza.element().add("encrypted", ns::omemo_legacy);
    expect_error(stanza, Condition::not_acceptable, "Turn encryption off");
}

TEST_F(MessageTest, a_reaction_or_a_retraction_is_not_implemented) {
    Stanza reaction = chat(bob_number, "👍");
    reaction.element().add("reactions", ns::reactions).set("id", "m0");
    expect_error(reaction, Condition::feature_not_implemented);
    Stanza retraction = chat(bob_number, "This person attempted to retract a previous message");
    retraction.element().add("retract", ns::retract).set("id", "m0");
    expect_error(retraction, Condition::feature_not_implemented);
}

TEST_F(MessageTest, a_correction_is_a_new_text_marked_as_people_do) {
    Stanza stanza = chat(bob_number, "see you at six", "m2");
    stanza.element().add("replace", ns::correct).set("id", "m1");
    answers(stanza);
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_EQ(world.transport.submitted[0].message.text, "* see you at six");
}

TEST_F(MessageTest, the_quote_of_a_reply_is_stripped) {
    Stanza stanza = chat(bob_number, "> héllo\nyes");
    stanza.element().add("reply", ns::reply).set("id", "m0").set("to", bob_number);
    Element& fallback = stanza.element().add("fallback", ns::fallback);
    fallback.set("for", ns::reply);
    fallback.add("body", ns::fallback).set("start", "0").set("end", "8");
    answers(stanza);
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_EQ(world.transport.submitted[0].message.text, "yes");
}

TEST_F(MessageTest, chat_states_markers_and_empty_bodies_need_no_answer) {
    Stanza composing = chat(bob_number, "");
    composing.element().add("composing", ns::chat_states);
    expect_silence(composing);
    expect_silence(chat(bob_number, "   \n"));
    Stanza marker = Stanza::message(StanzaType::chat, jid(phone), jid(bob_number), "m3");
    marker.element().add("displayed", ns::markers).set("id", "m0");
    expect_silence(marker);
}

TEST_F(MessageTest, headlines_are_ignored_and_groupchat_is_refused) {
    Stanza headline = Stanza::message(StanzaType::headline, jid(phone), jid(bob_number), "h");
    headline.element().add("body", ns::client).add_text("news");
    expect_silence(headline);
    Stanza groupchat = Stanza::message(StanzaType::groupchat, jid(phone), jid(bob_number), "g");
    groupchat.element().add("body", ns::client).add_text("hi all");
    expect_error(groupchat, Condition::service_unavailable);
}

TEST_F(MessageTest, errors_are_never_answered) {
    Stanza error = Stanza::message(StanzaType::error, jid(phone), jid(bob_number), "e");
    error.element().add(xmpp::StanzaError(Condition::service_unavailable).to_element(ns::client));
    expect_silence(error);
}

TEST_F(MessageTest, another_spelling_is_gone_to_the_canonical_contact_which_offers_itself) {
    const auto sent = answers(chat("555\\20123-4567@sms.example.org", "hello"));
    ASSERT_GE(sent.size(), 2U);
    EXPECT_EQ(
        error_of(sent.back().type() == StanzaType::error ? sent.back() : sent.front()).condition,
        Condition::gone
    );
    EXPECT_TRUE(find_presence(sent, StanzaType::subscribe, "+15551234567@sms.example.org", alice));
    EXPECT_TRUE(world.transport.submitted.empty());
}

TEST_F(MessageTest, a_refusal_of_the_network_is_told_in_its_words) {
    world.transport.refusal =
        port::Refusal(port::Refusal::Kind::not_allowed, "911 is an emergency number: dial it.");
    expect_error(chat(bob_number, "help"), Condition::not_allowed, "dial it");
}

TEST_F(MessageTest, over_the_rate_the_answer_names_the_time) {
    world.domain.peer_limit.set_rate(config::Rate{1, std::chrono::minutes(1)});
    answers(chat(bob_number, "one", "m1"));
    const auto sent = answers(chat(bob_number, "two", "m2"));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::resource_constraint);
    EXPECT_NE(error_of(sent[0]).text.find("60 s"), std::string::npos) << error_of(sent[0]).text;
}

TEST_F(MessageTest, strangers_may_not_use_the_gateway) {
    expect_error(
        chat(bob_number, "hello", "m1", "mallory@elsewhere.example/x"), Condition::forbidden
    );
}

/// Looks at links for ever, until the test answers.
struct SlowMedia final : core::Media {
    std::vector<Copied> looks;
    void copy_in(core::Domain&, const std::string&, port::Attachment given, Copied done) override {
        done(std::move(given));
    }
    void check_out(std::string, Copied done) override { looks.push_back(std::move(done)); }
};

TEST_F(MessageTest, a_stop_loses_nothing_that_waits_for_a_look_at_a_link) {
    SlowMedia media;
    world.core->set_media(media);
    const std::string url = "https://example.org/cat.jpg";
    const auto picture = [&](std::string_view id) {
        Stanza made = chat(bob_number, url, id);
        made.element().add("x", ns::oob).add("url", ns::oob).add_text(url);
        return made;
    };
    world.receive(picture("m1"));
    world.receive(chat(bob_number, "and a word", "m2"));
    ASSERT_EQ(media.looks.size(), 1U);
    bool is_drained = false;
    world.core->drain([&] { is_drained = true; });
    world.settle();
    world.receive(picture("m3"));
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].id(), "m1");
    EXPECT_EQ(error_of(sent[0]).type, xmpp::ErrorType::wait);
    EXPECT_EQ(sent[1].id(), "m3");
    media.looks[0](port::Attachment(url));  // too late
    world.settle();
    const auto rows = world.read(store::ListOutbound{}).rows;
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].stanza_id, "m2") << "what waited behind it is stored";
    EXPECT_FALSE(is_drained) << "its attempt runs";
    port::Outcome taken(rows[0].id, port::DeliveryState::accepted);
    world.core->delivery().attempted(world.domain, 1, std::move(taken));
    world.settle();
    EXPECT_TRUE(is_drained);
}

TEST_F(MessageTest, a_forged_sender_on_our_own_domain_is_ignored) {
    expect_silence(chat(bob_number, "hello", "m1", "+15550001111@sms.example.org"));
}

TEST_F(MessageTest, a_body_of_100_kB_is_stored_whole_or_refused_never_cut) {
    const std::string long_text(100'000, 'x');
    answers(chat(bob_number, long_text));
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_EQ(world.transport.submitted[0].message.text.size(), long_text.size());
}

}  // namespace
}  // namespace sallyport::test
