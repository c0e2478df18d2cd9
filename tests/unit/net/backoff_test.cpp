// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/backoff.hpp"

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

using net::LinkFault;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, follows_the_class_of_the_fault) {
    net::Backoff backoff;
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(1));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(2));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(4));
    for (int i = 0; i < 10; ++i) static_cast<void>(backoff.next(LinkFault::lost, 0.5));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(30));
    EXPECT_EQ(backoff.next(LinkFault::refused, 0.0), seconds(5)) << "another class starts anew";
    for (int i = 0; i < 20; ++i) static_cast<void>(backoff.next(LinkFault::refused, 0.0));
    EXPECT_EQ(backoff.next(LinkFault::refused, 0.0), seconds(300));
}

TEST(Backoff, never_fights_over_a_domain) {
    net::Backoff backoff;
    EXPECT_GE(backoff.next(LinkFault::conflict, 0.0), seconds(30));
    EXPECT_LE(backoff.next(LinkFault::conflict, 0.999), seconds(72));
}

TEST(Backoff, spreads_by_a_fifth_either_way) {
    net::Backoff low;
    net::Backoff high;
    EXPECT_EQ(low.next(LinkFault::lost, 0.0), milliseconds(800));
    EXPECT_EQ(high.next(LinkFault::lost, 1.0), milliseconds(1200));
}

TEST(Backoff, starts_small_again_after_a_minute_up) {
    net::Backoff backoff;
    static_cast<void>(backoff.next(LinkFault::lost, 0.5));
    static_cast<void>(backoff.next(LinkFault::lost, 0.5));
    backoff.was_up(seconds(59));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(4));
    backoff.was_up(seconds(60));
    EXPECT_EQ(backoff.next(LinkFault::lost, 0.5), seconds(1));
}

TEST(Backoff, sorts_stream_errors_into_classes) {
    EXPECT_EQ(net::fault_of("not-authorized"), LinkFault::refused);
    EXPECT_EQ(net::fault_of("host-unknown"), LinkFault::refused);
    EXPECT_EQ(net::fault_of("conflict"), LinkFault::conflict);
    EXPECT_EQ(net::fault_of("system-shutdown"), LinkFault::lost);
    EXPECT_EQ(net::fault_of("eof"), LinkFault::lost);
}

}  // namespace
}  // namespace sallyport::test
