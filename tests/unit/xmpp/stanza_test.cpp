// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/stanza.hpp"

#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

Jid jid(std::string_view text) {
    return Jid::parse(text).value();
}

Element iq(std::string_view type, int children) {
    Element element("iq", ns::client);
    element.set("id", "1").set("type", type).set("from", "a@b/c").set("to", "d");
    for (int i = 0; i < children; ++i) element.add("q", "urn:q");
    return element;
}

Condition refusal(Element element) {
    auto stanza = Stanza::from_element(std::move(element));
    EXPECT_FALSE(stanza);
    return stanza ? Condition::undefined : stanza.error().condition;
}

TEST(Stanza, knows_the_kinds_and_types) {
    Element message("message", ns::client);
    EXPECT_EQ(Stanza::from_element(message)->type(), StanzaType::normal);
    message.set("type", "groupchat");
    EXPECT_EQ(Stanza::from_element(message)->type(), StanzaType::groupchat);
    Element presence("presence", ns::client);
    EXPECT_EQ(Stanza::from_element(presence)->type(), StanzaType::available);
    presence.set("type", "probe");
    EXPECT_EQ(Stanza::from_element(presence)->type(), StanzaType::probe);
    EXPECT_EQ(Stanza::from_element(iq("result", 0))->type(), StanzaType::result);
}

TEST(Stanza, takes_a_message_of_unknown_type_as_normal) {
    Element message("message", ns::client);
    message.set("type", "hologram");
    EXPECT_EQ(Stanza::from_element(message)->type(), StanzaType::normal);
}

TEST(Stanza, refuses_other_unknown_types_and_elements) {
    Element presence("presence", ns::client);
    presence.set("type", "get");
    EXPECT_EQ(refusal(presence), Condition::bad_request);
    EXPECT_EQ(refusal(iq("chat", 1)), Condition::bad_request);
    EXPECT_EQ(refusal(Element("message", "urn:x")), Condition::bad_request);
    EXPECT_EQ(refusal(Element("msg", ns::client)), Condition::bad_request);
}

TEST(Stanza, counts_the_children_of_an_iq) {
    for (std::string_view type : {"get", "set"}) {
        EXPECT_EQ(refusal(iq(type, 0)), Condition::bad_request);
        EXPECT_TRUE(Stanza::from_element(iq(type, 1)));
        EXPECT_EQ(refusal(iq(type, 2)), Condition::bad_request);
    }
    EXPECT_TRUE(Stanza::from_element(iq("result", 0)));
    EXPECT_TRUE(Stanza::from_element(iq("result", 1)));
    EXPECT_EQ(refusal(iq("result", 2)), Condition::bad_request);
    EXPECT_TRUE(Stanza::from_element(iq("error", 2)));
    EXPECT_EQ(refusal(iq("get", 1).unset("id")), Condition::bad_request);
    EXPECT_EQ(refusal(iq("get", 1).unset("type")), Condition::bad_request);
}

TEST(Stanza, refuses_bad_addresses_and_leaves_the_element) {
    Element element = iq("get", 1).set("from", "a@@b");
    Element copy = element;
    auto stanza = Stanza::from_element(std::move(element));
    ASSERT_FALSE(stanza);
    EXPECT_EQ(stanza.error().condition, Condition::jid_malformed);
    EXPECT_EQ(element, copy);  // NOLINT(bugprone-use-after-move): promised
    EXPECT_EQ(refusal(iq("get", 1).set("to", "")), Condition::jid_malformed);
}

TEST(Stanza, writes_addresses_back_in_normal_form) {
    auto stanza = Stanza::from_element(iq("get", 1).set("from", "A@B/C"));
    ASSERT_TRUE(stanza);
    EXPECT_EQ(stanza->from().str(), "a@b/C");
    EXPECT_EQ(stanza->element().attribute("from"), "a@b/C");
}

TEST(Stanza, replies_to_the_sender_with_the_same_id) {
    Stanza reply = Stanza::from_element(iq("get", 1))->reply();
    EXPECT_EQ(reply.type(), StanzaType::result);
    EXPECT_EQ(reply.to().str(), "a@b/c");
    EXPECT_EQ(reply.from().str(), "d");
    EXPECT_EQ(reply.id(), "1");
    EXPECT_TRUE(reply.element().nodes().empty());
}

TEST(Stanza, bounces_without_the_payload) {
    auto bounce =
        Stanza::from_element(iq("set", 1))->bounce(StanzaError(Condition::forbidden, "no"));
    ASSERT_TRUE(bounce);
    EXPECT_EQ(bounce->type(), StanzaType::error);
    EXPECT_EQ(bounce->to().str(), "a@b/c");
    EXPECT_FALSE(bounce->element().child_of("urn:q"));
    EXPECT_EQ(StanzaError::from_stanza(bounce->element()).condition, Condition::forbidden);
}

TEST(Stanza, never_answers_an_answer) {
    StanzaError error(Condition::forbidden);
    EXPECT_FALSE(Stanza::from_element(iq("error", 1))->bounce(error));
    EXPECT_FALSE(Stanza::from_element(iq("result", 1))->bounce(error));
    EXPECT_FALSE(Stanza::message(StanzaType::error, jid("a"), jid("b"), "1").bounce(error));
    EXPECT_FALSE(Stanza::presence(StanzaType::error, jid("a"), jid("b")).bounce(error));
}

TEST(Stanza, keeps_header_and_element_in_step) {
    Stanza stanza = Stanza::message(StanzaType::chat, jid("a"), jid("b"), "1");
    stanza.set_from(jid("c"));
    stanza.set_to(Jid());
    stanza.set_id("2");
    EXPECT_EQ(stanza.element().attribute("from"), "c");
    EXPECT_FALSE(stanza.element().attribute("to"));
    EXPECT_EQ(stanza.id(), "2");
    EXPECT_EQ(stanza.element().attribute("type"), "chat");
    EXPECT_FALSE(
        Stanza::message(StanzaType::normal, jid("a"), jid("b"), "").element().attribute("type")
    );
}

TEST(BounceMalformed, answers_what_can_be_answered) {
    StanzaError error(Condition::bad_request);
    auto answer = bounce_malformed(iq("chat", 1), error);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind(), StanzaKind::iq);
    EXPECT_EQ(answer->to().str(), "a@b/c");
    EXPECT_EQ(answer->id(), "1");
    EXPECT_TRUE(answer->element().child("error", ns::client));
}

TEST(BounceMalformed, is_silent_where_an_answer_would_loop_or_has_no_address) {
    StanzaError error(Condition::bad_request);
    EXPECT_FALSE(bounce_malformed(iq("error", 1), error));
    EXPECT_FALSE(bounce_malformed(iq("result", 2), error));
    EXPECT_FALSE(bounce_malformed(iq("get", 1).unset("from"), error));
    EXPECT_FALSE(bounce_malformed(iq("get", 1).set("from", "@"), error));
    EXPECT_FALSE(bounce_malformed(Element("novelty", ns::client).set("from", "a"), error));
}

TEST(StanzaError, comes_back_from_its_element) {
    for (int i = 0; i <= static_cast<int>(Condition::unexpected_request); ++i) {
        StanzaError error(static_cast<Condition>(i), "text");
        error.extra = Element("extra", "urn:extra");
        error.uri = "xmpp:a@b";
        Element stanza("message", ns::client);
        stanza.add(error.to_element(ns::client));
        StanzaError read = StanzaError::from_stanza(stanza);
        EXPECT_EQ(read.condition, error.condition);
        EXPECT_EQ(read.type, error.type);
        EXPECT_EQ(read.text, "text");
        EXPECT_EQ(read.uri, "xmpp:a@b");
        EXPECT_EQ(read.extra, error.extra);
        EXPECT_EQ(parse_condition(to_string(error.condition)), error.condition);
    }
}

TEST(StanzaError, is_undefined_when_it_says_nothing_known) {
    Element stanza("message", ns::client);
    EXPECT_EQ(StanzaError::from_stanza(stanza).condition, Condition::undefined);
    stanza.add("error", ns::client).set("type", "wait").add("novelty", ns::stanza_errors);
    StanzaError error = StanzaError::from_stanza(stanza);
    EXPECT_EQ(error.condition, Condition::undefined);
    EXPECT_EQ(error.type, ErrorType::wait);
}

TEST(Element, finds_its_children) {
    Element m("m", "u");
    m.add_text("a").add("x", "u").add_text("in");
    m.add_text("b").add("x", "v").set("n", "1");
    m.add_text("");
    EXPECT_EQ(m.child("x", "v")->attribute("n"), "1");
    EXPECT_EQ(m.child("y", "u"), nullptr);
    EXPECT_EQ(m.child_of("v")->name(), "x");
    EXPECT_EQ(m.first_child()->ns(), "u");
    EXPECT_EQ(m.child_text("x", "u"), "in");
    EXPECT_FALSE(m.child_text("x", "w"));
    EXPECT_EQ(m.text(), "ab");
    EXPECT_EQ(m.nodes().size(), 4U);
}

TEST(Element, is_equal_whatever_the_order_of_attributes) {
    Element a("m", "u"), b("m", "u");
    a.set("x", "1").set("y", "2");
    b.set("y", "2").set("x", "1");
    EXPECT_EQ(a, b);
    b.set("x", "3");
    EXPECT_NE(a, b);
    b.set("x", "1").add_text("t");
    EXPECT_NE(a, b);
    EXPECT_EQ(a.unset("x").unset("z").attributes().size(), 1U);
}

}  // namespace
}  // namespace sallyport::xmpp
