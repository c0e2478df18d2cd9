// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "gateway/net/link_life.hpp"

namespace sallyport::test {

/// Asks the link of `world` to stop, again while it does, and once more when it has: who asks is
/// told, never from within the call, and the owner once.
template <class World>
void expect_that_all_are_told(World& world) {
    world.downs.clear();
    std::string told;
    world.link->stop([&] { told += 'a'; });
    world.link->stop([&] { told += 'b'; });
    EXPECT_EQ(told, "") << "from within the call";
    world.loop.advance(std::chrono::seconds(8));  // more than any grace
    EXPECT_EQ(told, "ab");
    world.link->stop([&] { told += 'c'; });
    EXPECT_EQ(told, "ab") << "from within the call";
    world.loop.settle();
    EXPECT_EQ(told, "abc");
    EXPECT_EQ(world.downs.size(), 1U) << "the owner is told once";
    EXPECT_EQ(world.link->state(), net::LinkState::stopped);
    EXPECT_EQ(world.loop.timers.size(), 0U) << "a deadline was left behind";
}

}  // namespace sallyport::test
