// SPDX-License-Identifier: Apache-2.0
// XEP-0054, XEP-0153.
#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;
using xmpp::Element;

std::string put(std::string_view inside, std::string_view to = "") {
    const std::string address = to.empty() ? "" : " to='" + std::string(to) + "'";
    return "<iq type='set' id='v'" + address + "><vCard xmlns='vcard-temp'>" + std::string(inside) +
           "</vCard></iq>";
}
std::string get(std::string_view to = "") {
    const std::string address = to.empty() ? "" : " to='" + std::string(to) + "'";
    return "<iq type='get' id='v'" + address + "><vCard xmlns='vcard-temp'/></iq>";
}
/// "hello" as a photo; its SHA-1 is known.
constexpr std::string_view photo = "<PHOTO><TYPE>image/png</TYPE><BINVAL>aGVsbG8=</BINVAL></PHOTO>";
constexpr std::string_view photo_hash = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";

TEST(VCards, are_kept_for_their_owner_and_shown_to_others) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone"), bob = world.log_in("bob", "desk");
    world.send(*alice, get());
    const auto empty = alice->take();
    ASSERT_EQ(empty.size(), 1U);
    EXPECT_NE(empty[0].element().child("vCard", xmpp::ns::vcard_temp), nullptr);
    world.send(*alice, put("<FN>Alice</FN>"));
    EXPECT_EQ(alice->take().at(0).type(), xmpp::StanzaType::result);
    for (FakeClient* client : {alice.get(), bob.get()}) {
        world.send(*client, get("alice@example.org"));
        const auto got = client->take();
        ASSERT_EQ(got.size(), 1U);
        const Element* card = got[0].element().child("vCard", xmpp::ns::vcard_temp);
        ASSERT_NE(card, nullptr);
        EXPECT_EQ(card->child_text("FN", xmpp::ns::vcard_temp), "Alice");
    }
}

TEST(VCards, are_written_by_their_owner_alone) {
    ServiceWorld world;
    auto bob = world.log_in("bob", "desk");
    world.send(*bob, put("<FN>Fool</FN>", "alice@example.org"));
    EXPECT_EQ(conditions(bob->take()), Lines{"service-unavailable"});
}

TEST(VCards, do_not_tell_who_has_an_account) {
    ServiceWorld world;
    auto bob = world.log_in("bob", "desk");
    for (const char* to : {"alice@example.org", "nobody@example.org"}) {
        world.send(*bob, get(to));
        EXPECT_EQ(conditions(bob->take()), Lines{"service-unavailable"}) << to;
    }
}

TEST(VCards, have_a_limit) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, put("<DESC>" + std::string(server::VCards::most_bytes, 'x') + "</DESC>"));
    EXPECT_EQ(conditions(alice->take()), Lines{"policy-violation"});
}

TEST(VCards, put_the_hash_of_the_photo_into_presence_that_says_nothing) {
    ServiceWorld world;
    world.world.befriend("alice", "bob");
    auto alice = world.log_in("alice", "phone"), bob = world.log_in("bob", "desk");
    world.send(*alice, put(photo));
    const auto hash_seen = [&](std::string_view presence) -> std::string {
        bob->take();
        world.send(*alice, presence);
        const auto got = bob->take();
        if (got.size() != 1) return "?";
        const Element* x = got[0].element().child("x", xmpp::ns::vcard_update);
        return x ? x->child_text("photo", xmpp::ns::vcard_update).value_or("none") : "no x";
    };
    EXPECT_EQ(hash_seen("<presence/>"), photo_hash);
    EXPECT_EQ(hash_seen("<presence><x xmlns='vcard-temp:x:update'/></presence>"), "none");
    EXPECT_EQ(
        hash_seen("<presence><x xmlns='vcard-temp:x:update'><photo>abc</photo></x></presence>"),
        "abc"
    );
    world.leave(alice);
    world.world.hub.accounts().forget(jid("alice@example.org"));
    bob->take();
    alice = world.bind("alice", "phone");
    EXPECT_EQ(hash_seen("<presence/>"), photo_hash);
    world.send(*alice, put("<FN>Alice</FN>"));
    EXPECT_EQ(hash_seen("<presence/>"), "no x");
}

}  // namespace
}  // namespace sallyport::test
