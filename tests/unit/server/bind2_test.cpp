// SPDX-License-Identifier: Apache-2.0
// XEP-0386 §4: who binds by Bind 2 is told where its archive ends, and what is in there does not
// come a second time.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "tests/unit/server/c2s_world.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/hashed_token.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

struct Bind2 : testing::Test, C2sWorld {
    Bind2() {
        add_dora();
        tools.archive = &*services->archive();
        tokens.issue({"dora", "phone", "HT-SHA-256-NONE", true}, [this](xmpp::ServerAnswer answer) {
            token = std::get<xmpp::Issued>(answer).token;
        });
        world.settle();
    }
    /// From alice, to dora who is not there.
    void write(std::string_view body, std::string_view more = {}) {
        send(*alice, text_to("dora@example.org", body, more));
        world.base.advance(1s);
    }
    /// dora comes by Bind 2, as far as that goes now.
    std::shared_ptr<DeafStream::Wire> bind() {
        auto wire = connect();
        say(*wire, header);
        say(*wire,
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'><initial-response>" +
                base64_encode(
                    std::string("dora") + '\0' + xmpp::sasl::hashed_token(token, "Initiator", "")
                ) +
                "</initial-response><user-agent id='phone'/><bind xmlns='urn:xmpp:bind:0'/>"
                "<fast xmlns='urn:xmpp:fast:0'/></authenticate>");
        return wire;
    }
    /// She binds and is available: all that she is sent.
    std::string arrive() {
        const auto wire = bind();
        say(*wire, "<presence/>");
        return wire->written;
    }
    std::int64_t number() {
        return world.base.read(store::FindAccount{"dora@example.org"}).row->id;
    }
    static bool holds(const std::string& text, std::string_view piece) {
        return text.find(piece) != std::string::npos;
    }

    std::string token;  ///< of her phone
    std::unique_ptr<FakeClient> alice = log_in("alice", "phone");
};

TEST_F(Bind2, tells_where_the_archive_ends_and_sends_nothing_that_is_in_it) {
    write("first");
    write("last");
    const std::string got = arrive();
    EXPECT_TRUE(holds(got, "<metadata xmlns='urn:xmpp:mam:2'><start ")) << got;
    EXPECT_FALSE(holds(got, "first"));
    EXPECT_FALSE(holds(got, "last"));
    session.reset();
    EXPECT_TRUE(world.base.read(store::OfflineMessages{number()}).rows.empty()) << "nor later";
}

TEST_F(Bind2, of_an_empty_archive_tells_that_it_is_empty) {
    EXPECT_TRUE(holds(arrive(), "<metadata xmlns='urn:xmpp:mam:2'/>"));
}

TEST_F(Bind2, still_brings_what_is_in_no_archive) {
    world.base.store.write(store::PutAccountTexts{
        number(), {{"archive", "<prefs xmlns='urn:xmpp:mam:2' default='never'/>"}}});
    world.settle();
    write("kept nowhere else");
    EXPECT_TRUE(holds(arrive(), "kept nowhere else"));
}

TEST_F(Bind2, brings_what_came_after_the_archive_was_looked_at) {
    write("before");
    const auto wire = bind();
    write("meanwhile");
    say(*wire, "<presence/>");
    EXPECT_FALSE(holds(wire->written, "before"));
    EXPECT_TRUE(holds(wire->written, "meanwhile"));
}

TEST_F(Bind2, without_archives_brings_everything) {
    tools.archive = nullptr;
    write("hello");
    const std::string got = arrive();
    EXPECT_FALSE(holds(got, "<metadata"));
    EXPECT_TRUE(holds(got, "hello"));
}

TEST_F(Bind2, that_goes_away_while_the_archive_is_looked_at_leaves_no_session) {
    arrive();  // the first use of a token is written down
    session.reset();
    world.base.store.is_slow = true;
    write("on its way to the disk");
    const auto wire = bind();
    EXPECT_FALSE(holds(wire->written, "<success"));
    wire->handler->on_end(Error("reset"));
    world.base.store.is_slow = false;
    world.base.store.let_go();
    world.settle();
    EXPECT_EQ(world.hub.session_count(), 1U) << "alice's";
}

}  // namespace
}  // namespace sallyport::test
