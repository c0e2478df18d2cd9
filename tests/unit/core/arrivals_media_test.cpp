// SPDX-License-Identifier: Apache-2.0
// Texts with pictures: shown when these were copied, after ten seconds without them, never lost.
// product.md, Media.
#include <deque>

#include <gtest/gtest.h>

#include "gateway/core/media.hpp"
#include "tests/support/core_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

/// Copies when the test says so.
class FakeMedia final : public core::Media {
  public:
    void copy_in(core::Domain&, const std::string&, port::Attachment attachment, Copied done)
        override {
        asked.push_back(attachment.url);
        waiting.push_back(std::move(done));
    }
    void check_out(std::string, Copied) override {}
    /// Ends the oldest copy.
    void copied(const std::string& url) {
        auto done = std::move(waiting.front());
        waiting.pop_front();
        done(port::Attachment(url, "image/png"));
    }

    Texts asked;
    std::deque<Copied> waiting;
};

struct ArrivalsMedia : ::testing::Test {
    CoreWorld world;
    FakeMedia media;

    ArrivalsMedia() {
        world.core->set_media(media);
        world.add_account(alice, "+15550001111");
        world.link_up();
        world.take();
    }
    void arrive(
        const std::string& text,
        const std::string& picture = "",
        const std::string& peer = "+15551234567"
    ) {
        port::MessageReceived message(port::Address(peer), "+15550001111", {}, text);
        if (!picture.empty()) message.attachments.emplace_back(picture, "image/png");
        world.core->arrivals().accept(
            world.domain,
            std::move(message),
            [](const Result<port::Accepted>& accepted) { EXPECT_TRUE(accepted); }
        );
        world.settle();
    }
    Texts shown() { return bodies(world.take()); }
    Texts shown_after(std::chrono::milliseconds wait) {
        world.advance(wait);
        return shown();
    }
    std::size_t waiting() { return world.read(store::Counts{}).inbox_waiting[world.domain.name]; }
};

const std::string too_slow = "\n[picture could not be fetched: it took too long]";

TEST_F(ArrivalsMedia, a_text_comes_with_its_picture) {
    arrive("look", "https://far/1");
    EXPECT_EQ(media.asked, Texts{"https://far/1"});
    EXPECT_TRUE(shown_after(3s).empty());
    media.copied("https://near/1");
    EXPECT_EQ(shown(), Texts{"look\nhttps://near/1"});
    EXPECT_TRUE(shown_after(1min).empty());
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(ArrivalsMedia, a_text_waits_ten_seconds_at_most) {
    arrive("look", "https://far/1");
    EXPECT_TRUE(shown_after(9999ms).empty());
    EXPECT_EQ(shown_after(1ms), Texts{"look" + too_slow});
    media.copied("https://near/1");
    EXPECT_TRUE(shown_after(1min).empty()) << "not twice";
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(ArrivalsMedia, many_pictures_of_one_peer_wait_together_not_one_after_another) {
    for (int i = 1; i <= 5; ++i) arrive(std::to_string(i), "https://far/" + std::to_string(i));
    Texts expected;
    for (int i = 1; i <= 5; ++i) expected.push_back(std::to_string(i) + too_slow);
    EXPECT_EQ(shown_after(10s), expected);
}

TEST_F(ArrivalsMedia, what_is_behind_a_picture_keeps_its_order_and_others_do_not_wait) {
    arrive("one", "https://far/1");
    arrive("two");
    arrive("three", "https://far/3");
    arrive("four");
    arrive("elsewhere", "", "+15557654321");
    EXPECT_EQ(shown(), Texts{"elsewhere"});
    media.waiting.push_back(std::move(media.waiting.front()));
    media.waiting.pop_front();
    media.copied("https://near/3");  // the later one is there first
    EXPECT_TRUE(shown().empty());
    media.copied("https://near/1");
    EXPECT_EQ(shown(), (Texts{"one\nhttps://near/1", "two", "three\nhttps://near/3", "four"}));
}

TEST_F(ArrivalsMedia, a_link_lost_during_the_copy_loses_neither_text_nor_picture) {
    arrive("look", "https://far/1");
    arrive("and this");
    world.link_down();
    EXPECT_EQ(waiting(), 2U) << "on the disk until the host has it: so also after a kill";
    world.link_up();
    EXPECT_EQ(media.asked.size(), 2U) << "asked for anew";
    EXPECT_TRUE(shown().empty());
    media.copied("https://near/old");  // of the lost link
    EXPECT_TRUE(shown().empty());
    media.copied("https://near/new");
    EXPECT_EQ(shown(), (Texts{"look\nhttps://near/new", "and this"}));
    EXPECT_TRUE(shown_after(1min).empty());
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(ArrivalsMedia, a_full_link_loses_nothing_of_what_waited_for_a_picture) {
    arrive("look", "https://far/1");
    arrive("and this");
    world.sink.is_up = false;
    media.copied("https://near/1");
    world.settle();
    world.sink.is_up = true;
    world.core->writable(world.domain);
    world.settle();
    ASSERT_FALSE(media.waiting.empty());
    media.copied("https://near/again");
    EXPECT_EQ(shown(), (Texts{"look\nhttps://near/again", "and this"}));
}

}  // namespace
}  // namespace sallyport::test
