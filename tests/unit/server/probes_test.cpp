// SPDX-License-Identifier: Apache-2.0
// RFC 6121 §4.3.2 and §4.6.6: what who asks is told.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/server/hub_world.hpp"
#include "xmpp/xep/delay.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

TEST(Probes, are_answered_for_subscribers_alone) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    auto carol = world.log_in("carol", "x");
    world.send(*bob, "<presence type='probe' to='alice@example.org'/>");
    EXPECT_EQ(brief(bob->take()), Lines{"presence alice@example.org/phone>bob@example.org/home"});
    for (const char* to : {"alice@example.org", "nobody@example.org"}) {
        world.send(*carol, "<presence type='probe' to='" + std::string(to) + "'/>");
        world.send(*carol, "<presence type='probe' to='" + std::string(to) + "/phone'/>");
        EXPECT_TRUE(carol->take().empty()) << "unsubscribed changes nothing for carol: " << to;
    }
    world.hub.unbind(*alice_phone->session);
    world.settle();
    bob->take();
    world.send(*bob, "<presence type='probe' to='alice@example.org'/>");
    EXPECT_EQ(
        brief(bob->take()), Lines{"presence:unavailable alice@example.org>bob@example.org/home"}
    );
}

TEST(Probes, of_one_resource_are_told_of_no_other) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto phone = world.log_in("alice", "phone"), desk = world.log_in("alice", "desk");
    auto bob = world.log_in("bob", "home");
    world.send(*phone, "<presence id='p1'><show>away</show></presence>");
    bob->take();
    world.send(*bob, "<presence type='probe' id='q' to='alice@example.org/phone'/>");
    const auto seen = bob->take();
    ASSERT_EQ(brief(seen), Lines{"presence alice@example.org/phone>bob@example.org/home"});
    EXPECT_EQ(seen[0].element().first_child(), nullptr) << "only that it is there";
    EXPECT_EQ(seen[0].id(), "p1");
    world.send(*bob, "<presence type='probe' id='q' to='alice@example.org/tablet'/>");
    const auto none = bob->take();
    EXPECT_EQ(
        brief(none), Lines{"presence:unavailable alice@example.org/tablet>bob@example.org/home"}
    );
    EXPECT_EQ(none.at(0).id(), "q");
}

TEST(Probes, of_who_is_gone_are_told_since_when) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    world.hub.unbind(*alice->session);
    world.settle();
    const auto left = world.base.time.wall();
    world.base.advance(std::chrono::minutes(5));
    bob->take();
    const auto ask = [&] {
        world.send(*bob, "<presence type='probe' id='q' to='alice@example.org'/>");
        const auto got = bob->take();
        EXPECT_EQ(got.at(0).id(), "q");
        return xmpp::parse_delay(got.at(0).element());
    };
    ASSERT_TRUE(ask());
    EXPECT_EQ(ask()->stamp, left);
    world.hub.accounts().forget(jid("alice@example.org"));
    ASSERT_TRUE(ask()) << "also when it is read from the store";
    EXPECT_EQ(ask()->stamp, left);
}

TEST(Probes, come_also_from_who_got_directed_presence) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    world.send(*alice_phone, "<presence to='carol@example.org/x'><show>away</show></presence>");
    auto carol = world.log_in("carol", "x");
    world.send(*carol, "<presence type='probe' to='alice@example.org/phone'/>");
    const auto seen = carol->take();
    EXPECT_EQ(brief(seen), Lines{"presence alice@example.org/phone>carol@example.org/x"});
    EXPECT_EQ(seen[0].element().first_child(), nullptr);  // §4.6.6: mere presence
}

}  // namespace
}  // namespace sallyport::test
