// SPDX-License-Identifier: Apache-2.0
// The key that SCRAM derives from a password: beside the network thread, however long it takes.
#include <future>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/run_until.hpp"
#include "tests/unit/net/client_link_world.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::test::client_link {
namespace {

using net::LinkState;
using std::chrono::minutes;

/// A link that was challenged while the thread beside is busy.
struct Challenged : World {
    std::promise<void> free;

    Challenged() {
        const std::shared_future<void> is_free = free.get_future().share();
        aside.run([is_free] { is_free.wait(); }, [] {});
        scripts["a.example.net"] =
            before_tls + Script{
                             {"<stream:stream",
                              header("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                     "<mechanism>SCRAM-SHA-1</mechanism></mechanisms>")}};
        start();
        const std::string& heard = host().unread;
        const std::size_t at = heard.find("'SCRAM-SHA-1'>") + 14;
        const std::string first = base64_decode(heard.substr(at, heard.find('<', at) - at)).value();
        const std::string challenge =
            first.substr(first.find("r=")) + "more,s=QSXCR+Q6sek8bf92,i=4096";
        host().stream->write(
            "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64_encode(challenge) +
            "</challenge>"
        );
        loop.settle();
    }
};

TEST(ClientLink, derives_its_key_beside_the_loop) {
    Challenged world;
    EXPECT_FALSE(world.host().was_told("<response")) << "the thread beside is busy";
    EXPECT_EQ(world.link->state(), LinkState::connecting);
    world.free.set_value();
    EXPECT_TRUE(run_until(world.loop.io, [&] { return world.host().was_told("<response"); }));
}

TEST(ClientLink, has_no_use_for_a_key_of_a_stream_before) {
    Challenged world;
    world.lose(all());
    world.loop.advance(minutes(1));
    ASSERT_EQ(world.link->state(), LinkState::up);
    bool is_derived = false;
    world.aside.run([] {}, [&] { is_derived = true; });
    world.free.set_value();
    EXPECT_TRUE(run_until(world.loop.io, [&] { return is_derived; }));
    EXPECT_EQ(world.link->state(), LinkState::up);
    EXPECT_FALSE(world.host().was_told("<response"));
}

}  // namespace
}  // namespace sallyport::test::client_link
