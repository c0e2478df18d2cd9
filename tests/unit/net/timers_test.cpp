// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/timers.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using std::chrono::milliseconds;

TEST(Timers, runs_deadlines_in_order_when_their_time_has_come) {
    FakeLoop loop;
    std::string order;
    loop.timers.after(milliseconds(20), [&] { order += 'b'; });
    loop.timers.after(milliseconds(10), [&] { order += 'a'; });
    loop.timers.after(milliseconds(20), [&] { order += 'c'; });
    loop.advance(milliseconds(9));
    EXPECT_EQ(order, "");
    loop.advance(milliseconds(1));
    EXPECT_EQ(order, "a");
    loop.advance(milliseconds(10));
    EXPECT_EQ(order, "abc");
    EXPECT_EQ(loop.timers.size(), 0u);
}

TEST(Timers, never_runs_a_deadline_from_within_the_call) {
    FakeLoop loop;
    int runs = 0;
    loop.timers.after(milliseconds(0), [&] { ++runs; });
    EXPECT_EQ(runs, 0);
    loop.settle();
    EXPECT_EQ(runs, 1);
}

TEST(Timers, forgets_what_is_cancelled) {
    FakeLoop loop;
    int runs = 0;
    auto handle = loop.timers.after(milliseconds(10), [&] { ++runs; });
    EXPECT_TRUE(loop.timers.cancel(handle));
    EXPECT_FALSE(handle);
    EXPECT_FALSE(loop.timers.cancel(handle));
    loop.advance(milliseconds(100));
    EXPECT_EQ(runs, 0);
}

TEST(Timers, lets_a_deadline_cancel_another_that_is_due_too) {
    FakeLoop loop;
    int runs = 0;
    net::Timers::Handle second;
    loop.timers.after(milliseconds(10), [&] { loop.timers.cancel(second); });
    second = loop.timers.after(milliseconds(10), [&] { ++runs; });
    loop.advance(milliseconds(10));
    EXPECT_EQ(runs, 0);
}

TEST(Timers, is_not_starved_by_a_deadline_that_sets_itself_again) {
    FakeLoop loop;
    int runs = 0;
    std::function<void()> again = [&] {
        if (++runs < 1000) loop.timers.after(milliseconds(0), again);
    };
    loop.timers.after(milliseconds(0), again);
    loop.time.advance(milliseconds(1));
    EXPECT_EQ(runs, 1);  // the next one waits for another turn of the loop
    loop.settle();
    EXPECT_EQ(runs, 1000);
}

TEST(Timers, wakes_by_itself_with_real_time) {
    LiveLoop loop;
    bool ran = false;
    auto late = loop.timers.after(std::chrono::hours(1), [] {});
    loop.timers.after(milliseconds(3), [&] { ran = true; });
    EXPECT_TRUE(loop.until([&] { return ran; }));
    loop.timers.cancel(late);
}

TEST(Timers, may_die_within_a_deadline) {
    boost::asio::io_context io;
    FakeTime time;
    auto timers = std::make_unique<net::Timers>(io.get_executor(), time);
    int runs = 0;
    timers->after(milliseconds(0), [&] { timers.reset(); });
    timers->after(milliseconds(0), [&] { ++runs; });
    io.poll();
    EXPECT_EQ(timers, nullptr);
    EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace sallyport::test
