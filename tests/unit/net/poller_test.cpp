// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/poller.hpp"

#include <array>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/net/net_test.hpp"

namespace sallyport::net {
namespace {

/// Two ends of a connection; what is written at `far` makes `near` readable.
struct Pair {
    std::array<int, 2> ends{};
    Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
    ~Pair() {
        ::close(near());
        if (far() >= 0) ::close(far());
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    int near() const { return ends[0]; }
    int far() const { return ends[1]; }
    void write() const { EXPECT_EQ(::write(far(), "x", 1), 1); }
    void read() const {
        char byte = 0;
        EXPECT_EQ(::read(near(), &byte, 1), 1);
    }
    void hang_up() { ::close(std::exchange(ends[1], -1)); }
};

TEST(Poller, tells_again_while_something_is_left) {
    test::FakeLoop loop;
    Poller poller(loop.io.get_executor());
    const Pair pair;
    int told = 0;
    const auto id = poller.add(pair.near(), [&](Poller::Ready ready) {
        EXPECT_TRUE(ready.readable);
        if (++told >= 2) pair.read();
    });
    poller.want(id, true, false);
    pair.write();
    loop.settle();
    EXPECT_EQ(told, 2);
    pair.write();
    loop.settle();
    EXPECT_EQ(told, 3) << "without being asked again";
    poller.forget(id);
}

TEST(Poller, keeps_silent_about_what_is_not_wanted) {
    test::FakeLoop loop;
    Poller poller(loop.io.get_executor());
    const Pair quiet;
    const Pair other;
    int told = 0;
    bool is_other_ready = false;
    const auto id = poller.add(quiet.near(), [&](Poller::Ready) {
        ++told;
        quiet.read();
    });
    const auto witness = poller.add(other.near(), [&](Poller::Ready) {
        other.read();
        is_other_ready = true;
    });
    poller.want(id, true, false);
    poller.want(id, false, false);
    poller.want(witness, true, false);
    quiet.write();
    other.write();
    loop.settle();
    EXPECT_TRUE(is_other_ready);
    EXPECT_EQ(told, 0);
    poller.want(id, true, false);
    loop.settle();
    EXPECT_EQ(told, 1) << "what came meanwhile is not lost";
    poller.forget(id);
    poller.forget(witness);
}

TEST(Poller, lets_a_handler_forget_itself_and_others) {
    test::FakeLoop loop;
    Poller poller(loop.io.get_executor());
    const Pair first;
    const Pair second;
    int told = 0;
    std::array<Poller::Id, 2> ids{};
    const auto forget_both = [&](Poller::Ready) {
        ++told;
        for (const auto id : ids) poller.forget(id);
    };
    ids = {poller.add(first.near(), forget_both), poller.add(second.near(), forget_both)};
    for (const auto id : ids) poller.want(id, true, false);
    first.write();
    second.write();
    loop.settle();
    EXPECT_EQ(told, 1);
}

TEST(Poller, says_that_the_far_side_is_gone) {
    test::FakeLoop loop;
    Poller poller(loop.io.get_executor());
    Pair pair;
    bool has_failed = false;
    Poller::Id id = 0;
    id = poller.add(pair.near(), [&](Poller::Ready ready) {
        has_failed = ready.failed && ready.readable;
        poller.forget(id);
    });
    poller.want(id, true, false);
    pair.hang_up();
    loop.settle();
    EXPECT_TRUE(has_failed);
}

}  // namespace
}  // namespace sallyport::net
