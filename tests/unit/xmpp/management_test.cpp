// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/management.hpp"

#include <random>

#include <gtest/gtest.h>

namespace sallyport::xmpp {
namespace {

using Verdict = Management::Verdict;

std::string numbered(std::uint64_t n) {
    return "<message id='" + std::to_string(n) + "'/>";
}

// ---- against a naive model: counts that never wrap, and all that was ever sent ----

struct Model {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t received = 0;
    std::uint64_t safe = 0;
};

void expect_equal(const Management& management, const Model& model) {
    ASSERT_EQ(management.queue().size(), model.sent - model.acknowledged);
    std::uint64_t n = model.acknowledged;
    std::size_t bytes = 0;
    for (const auto& one : management.queue()) {
        ASSERT_EQ(one.bytes, numbered(n++));
        bytes += one.bytes.size();
    }
    ASSERT_EQ(management.queue_bytes(), bytes);
    ASSERT_EQ(management.sent(), static_cast<std::uint32_t>(model.sent));
    ASSERT_EQ(management.received(), static_cast<std::uint32_t>(model.received));
    ASSERT_EQ(management.safe(), static_cast<std::uint32_t>(model.safe));
}

void send(Management& management, Model& model, std::size_t limit) {
    bool fits = model.sent - model.acknowledged < limit;
    ASSERT_EQ(management.keep(numbered(model.sent), {}), fits);
    if (fits) ++model.sent;
}

// A count that is right, too low or too high.
void acknowledge(Management& management, Model& model, std::int64_t step) {
    std::uint64_t count = model.acknowledged + static_cast<std::uint64_t>(step);
    Verdict expected = step < 0             ? Verdict::stale
                       : count > model.sent ? Verdict::too_high
                                            : Verdict::good;
    ASSERT_EQ(management.acknowledged(static_cast<std::uint32_t>(count)), expected);
    if (expected == Verdict::good) model.acknowledged = count;
}

void make_safe(Management& management, Model& model, std::int64_t step) {
    std::uint64_t count = model.safe + static_cast<std::uint64_t>(step);
    management.make_safe(static_cast<std::uint32_t>(count));
    if (step >= 0 && count <= model.received) model.safe = count;
}

TEST(Management, agrees_with_a_naive_model) {
    std::mt19937 random(42);
    auto pick = [&](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(random);
    };
    for (int run = 0; run < 200; ++run) {
        constexpr std::size_t limit = 20;
        Management management({limit, 1 << 20, std::chrono::seconds(0)});
        Model model;
        for (int i = 0; i < 300; ++i) {
            int what = pick(0, 9);
            if (what < 5)
                send(management, model, limit);
            else if (what < 7)
                acknowledge(management, model, pick(-3, 8));
            else if (what < 9)
                management.count_received(), ++model.received;
            else
                make_safe(management, model, pick(-2, 4));
            expect_equal(management, model);
            if (testing::Test::HasFatalFailure()) return;
        }
    }
}

// ---- the turn of the count, F2 ----

TEST(Management, counts_on_over_the_turn) {
    constexpr std::uint32_t near = 0xFFFF'FFFE;
    Management management({}, {});
    management.set_counts(near, near);
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(management.keep(numbered(i), {}));
    EXPECT_EQ(management.sent(), 2u);
    EXPECT_EQ(management.acknowledged(0xFFFF'FFFF), Verdict::good);
    EXPECT_EQ(management.queue().size(), 3u);
    EXPECT_EQ(management.acknowledged(3), Verdict::too_high);
    EXPECT_EQ(management.acknowledged(0xFFFF'FFF0), Verdict::stale);
    EXPECT_EQ(management.acknowledged(1), Verdict::good);
    EXPECT_EQ(management.queue().size(), 1u);
    EXPECT_EQ(management.queue().front().bytes, numbered(3));
    for (int i = 0; i < 4; ++i) management.count_received();
    EXPECT_EQ(management.received(), 2u);
    management.make_safe(1);
    EXPECT_EQ(management.safe(), 1u);
}

// ---- bounds ----

TEST(Management, keeps_no_more_bytes_than_it_may) {
    Management management({100, 10, {}});
    EXPECT_TRUE(management.keep("12345", {}));
    EXPECT_TRUE(management.keep("12345", {}));
    EXPECT_FALSE(management.keep("1", {}));
    EXPECT_EQ(management.sent(), 2u);
    EXPECT_EQ(management.acknowledged(1), Verdict::good);
    EXPECT_TRUE(management.keep("12345", {}));
}

// ---- what is left ----

TEST(Management, takes_the_presence_of_every_contact_at_once) {
    Management management({.stanzas = 2, .bytes = 1000});
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(management.keep("<presence from='a@b/c'/>", {})) << i;
    EXPECT_TRUE(management.has_room());
    EXPECT_TRUE(management.keep("<message/>", {}));
    EXPECT_TRUE(management.keep("<iq/>", {}));
    EXPECT_FALSE(management.keep("<message/>", {}));
    EXPECT_EQ(management.acknowledged(21), Verdict::good);
    EXPECT_TRUE(management.keep("<message/>", {}));
    EXPECT_FALSE(management.keep("<message/>", {}));
    EXPECT_FALSE(management.keep("<presence>" + std::string(1000, 'x') + "</presence>", {}));
}

TEST(Management, gives_back_stanzas_in_order) {
    Management management({});
    ASSERT_TRUE(management.keep("<message to='a@b'><body>x</body></message>", {}));
    ASSERT_TRUE(management.keep("<iq type='get' id='1'><q xmlns='u'/></iq>", {}));
    auto waiting = management.take_unacknowledged();
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_EQ(waiting[0].stanza.kind(), StanzaKind::message);
    EXPECT_EQ(waiting[1].stanza.payload().ns(), "u");
    EXPECT_TRUE(management.queue().empty());
    EXPECT_EQ(management.queue_bytes(), 0u);
}

TEST(Management, gives_back_what_is_deep) {
    std::string deep = "<message to='a@b'>", end;
    for (int i = 0; i < 100; ++i) deep += "<x>", end += "</x>";
    Management management({});
    ASSERT_TRUE(management.keep(deep + end + "</message>", {}));
    EXPECT_EQ(management.take_unacknowledged().size(), 1u);
}

}  // namespace
}  // namespace sallyport::xmpp
