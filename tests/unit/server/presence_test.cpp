// SPDX-License-Identifier: Apache-2.0
// RFC 6121 §4 over the whole hub: who sees whom, and how that begins and ends.
#include "gateway/server/presence.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/server/hub_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

const std::string seen_by_bob = "presence alice@example.org/phone>bob@example.org";

TEST(Presence, initial_presence_goes_to_subscribers_and_to_oneself) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto bob = world.log_in("bob", "home");
    auto carol = world.log_in("carol", "x");
    auto alice_phone = world.bind("alice", "phone");
    world.send(*alice_phone, "<presence><show>away</show></presence>");
    const auto seen = bob->take();
    EXPECT_EQ(brief(seen), Lines{seen_by_bob});
    EXPECT_EQ(seen[0].element().child_text("show", xmpp::ns::client), "away");
    EXPECT_TRUE(carol->take().empty());
    EXPECT_EQ(
        brief(alice_phone->take()),
        (Lines{
            "presence alice@example.org/phone>alice@example.org",
            "presence bob@example.org/home>alice@example.org/phone"})
    );
}

TEST(Presence, subsequent_presence_is_broadcast_without_looking_around_again) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto bob = world.log_in("bob", "home");
    auto alice_phone = world.log_in("alice", "phone");
    bob->take();
    world.send(*alice_phone, "<presence><show>dnd</show></presence>");
    EXPECT_EQ(brief(bob->take()), Lines{seen_by_bob});
    EXPECT_EQ(alice_phone->take().size(), 1U);
}

TEST(Presence, other_own_resources_see_each_other) {
    HubWorld world;
    auto first = world.log_in("alice", "one");
    auto second = world.bind("alice", "two");
    world.send(*second, "<presence/>");
    EXPECT_EQ(brief(first->take()), Lines{"presence alice@example.org/two>alice@example.org"});
    EXPECT_EQ(
        brief(second->take()),
        (Lines{
            "presence alice@example.org/two>alice@example.org",
            "presence alice@example.org/one>alice@example.org/two"})
    );
}

TEST(Presence, ends_with_a_word_or_without) {
    for (const bool says_so : {true, false}) {
        HubWorld world;
        world.befriend("alice", "bob");
        auto bob = world.log_in("bob", "home");
        auto alice_phone = world.log_in("alice", "phone");
        auto tablet = world.log_in("alice", "tablet");
        bob->take();
        if (says_so)
            world.send(
                *alice_phone, "<presence type='unavailable'><status>bye</status></presence>"
            );
        world.hub.unbind(*alice_phone->session);
        world.settle();
        const auto seen = bob->take();
        EXPECT_EQ(
            brief(seen), Lines{"presence:unavailable alice@example.org/phone>bob@example.org"}
        );
        EXPECT_EQ(seen[0].element().child("status", xmpp::ns::client) != nullptr, says_so);
        EXPECT_EQ(
            brief(tablet->take()),
            Lines{"presence:unavailable alice@example.org/phone>alice@example.org"}
        );
    }
}

TEST(Presence, a_priority_is_a_number_from_minus_128_to_127) {
    HubWorld world;
    auto alice_phone = world.bind("alice", "phone");
    for (const char* good : {"-128", "127", "0", "+5", " 3 "}) {
        world.send(
            *alice_phone, "<presence><priority>" + std::string(good) + "</priority></presence>"
        );
        EXPECT_TRUE(conditions(alice_phone->take()).empty()) << good;
    }
    EXPECT_EQ(alice_phone->session->priority, 3);
    for (const char* bad : {"128", "-129", "high", "1.5", ""}) {
        world.send(
            *alice_phone, "<presence><priority>" + std::string(bad) + "</priority></presence>"
        );
        EXPECT_EQ(conditions(alice_phone->take()), Lines{"bad-request"}) << bad;
    }
    EXPECT_EQ(alice_phone->session->priority, 3);
}

TEST(Presence, directed_is_revoked_when_the_resource_goes) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    auto carol = world.log_in("carol", "x");
    world.send(*alice_phone, "<presence to='bob@example.org'/>");
    world.send(*alice_phone, "<presence to='carol@example.org/x'/>");
    EXPECT_EQ(brief(bob->take()), Lines{seen_by_bob});
    world.send(*alice_phone, "<presence to='carol@example.org/x' type='unavailable'/>");
    EXPECT_EQ(carol->take().size(), 2U);
    world.send(*alice_phone, "<presence><show>away</show></presence>");  // not for them
    EXPECT_TRUE(bob->take().empty());
    world.hub.unbind(*alice_phone->session);
    world.settle();
    EXPECT_EQ(
        brief(bob->take()), Lines{"presence:unavailable alice@example.org/phone>bob@example.org"}
    );
    EXPECT_TRUE(carol->take().empty());
}

TEST(Presence, directed_without_being_available_is_revoked_too) {
    HubWorld world;
    auto alice_phone = world.bind("alice", "phone");
    auto bob = world.log_in("bob", "home");
    world.send(*alice_phone, "<presence to='bob@example.org'/>");
    bob->take();
    world.hub.unbind(*alice_phone->session);
    world.settle();
    EXPECT_EQ(bob->take().size(), 1U);
}

TEST(Presence, who_says_goodbye_needs_none) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    world.send(*alice_phone, "<presence to='bob@example.org/home'/>");
    world.send(*bob, "<presence type='unavailable' to='alice@example.org/phone'/>");
    bob->take();
    world.hub.unbind(*alice_phone->session);
    world.settle();
    EXPECT_TRUE(bob->take().empty());
}

TEST(Presence, presence_in_too_many_places_is_refused) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    for (std::size_t i = 0; i < server::PresenceRoom::max_directed; ++i)
        alice_phone->session->directed.push_back(jid("n" + std::to_string(i) + "@example.org"));
    world.send(*alice_phone, "<presence to='bob@example.org'/>");
    EXPECT_EQ(conditions(alice_phone->take()), Lines{"resource-constraint"});
}

}  // namespace
}  // namespace sallyport::test
