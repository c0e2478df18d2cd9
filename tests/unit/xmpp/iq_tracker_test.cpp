// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/iq_tracker.hpp"

#include <gtest/gtest.h>

namespace sallyport::xmpp {
namespace {

using namespace std::chrono_literals;

const TimePoint start{};

Jid jid(std::string_view text) {
    return Jid::parse(text).value();
}

IqTracker::Key key(std::string id, std::string_view peer = "a@b/c") {
    return {"ping", jid(peer), std::move(id)};
}

Stanza answer(std::string_view from, std::string_view id, StanzaType type = StanzaType::result) {
    return Stanza::iq(type, jid(from), jid("sms"), id);
}

TEST(IqTracker, takes_an_answer_once) {
    IqTracker tracker;
    EXPECT_TRUE(tracker.add(key("1"), start + 10s));
    EXPECT_FALSE(tracker.add(key("1"), start + 20s));
    EXPECT_EQ(tracker.take(answer("a@b/c", "1")), key("1"));
    EXPECT_FALSE(tracker.take(answer("a@b/c", "1")));
    EXPECT_EQ(tracker.size(), 0U);
    EXPECT_FALSE(tracker.deadline());
}

TEST(IqTracker, counts_an_error_as_an_answer) {
    IqTracker tracker;
    tracker.add(key("1"), start);
    EXPECT_TRUE(tracker.take(answer("a@b/c", "1", StanzaType::error)));
}

TEST(IqTracker, takes_answers_from_the_one_asked_only) {
    IqTracker tracker;
    tracker.add(key("1"), start);
    EXPECT_FALSE(tracker.take(answer("evil@b/c", "1")));
    EXPECT_FALSE(tracker.take(answer("a@b", "1")));
    EXPECT_FALSE(tracker.take(answer("a@b/c", "2")));
    EXPECT_FALSE(tracker.take(answer("a@b/c", "1", StanzaType::get)));
    EXPECT_FALSE(tracker.take(Stanza::message(StanzaType::error, jid("a@b/c"), jid("sms"), "1")));
    EXPECT_EQ(tracker.size(), 1U);
}

TEST(IqTracker, expires_in_the_order_of_deadlines) {
    IqTracker tracker;
    tracker.add(key("late"), start + 3s);
    tracker.add(key("early"), start + 1s);
    tracker.add(key("middle"), start + 2s);
    EXPECT_EQ(tracker.deadline(), start + 1s);
    std::vector<IqTracker::Key> expired = tracker.expire(start + 2s);
    ASSERT_EQ(expired.size(), 2U);
    EXPECT_EQ(expired[0].id, "early");
    EXPECT_EQ(expired[1].id, "middle");
    EXPECT_FALSE(tracker.take(answer("a@b/c", "early")));
    EXPECT_EQ(tracker.take_all().size(), 1U);
    EXPECT_EQ(tracker.size(), 0U);
}

TEST(IqTracker, forgets_and_counts_by_kind) {
    IqTracker tracker;
    tracker.add(key("1"), start);
    tracker.add({"disco", jid("a@b/c"), "2"}, start);
    EXPECT_EQ(tracker.count("ping"), 1U);
    EXPECT_FALSE(tracker.forget({"disco", jid("a@b/c"), "1"}));
    EXPECT_TRUE(tracker.forget(key("1")));
    EXPECT_EQ(tracker.count("ping"), 0U);
    EXPECT_EQ(tracker.expire(start).size(), 1U);
}

}  // namespace
}  // namespace sallyport::xmpp
