// SPDX-License-Identifier: Apache-2.0
// Several addresses of one host: RFC 8305, by a clock that the test owns.
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/resolver.hpp"
#include "tests/support/run_until.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using Tcp = boost::asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Tcp::endpoint any_port(boost::asio::ip::address_v4::loopback(), 0);

/// Listens, and takes what comes.
struct Answering {
    Tcp::acceptor acceptor;
    explicit Answering(boost::asio::io_context& io) : acceptor(io, any_port) {}
    Tcp::endpoint address() const { return acceptor.local_endpoint(); }
};

/// Says neither yes nor no: its queue of one is full.
struct Hanging {
    Tcp::acceptor acceptor;
    std::vector<Tcp::socket> fill;
    explicit Hanging(boost::asio::io_context& io) : acceptor(io) {
        acceptor.open(Tcp::v4());
        acceptor.bind(any_port);
        acceptor.listen(0);
        fill.emplace_back(io).connect(acceptor.local_endpoint());
    }
    Tcp::endpoint address() const { return acceptor.local_endpoint(); }
};

/// Where nobody listens, for it was just left.
Tcp::endpoint refusing(boost::asio::io_context& io) {
    return Tcp::acceptor(io, any_port).local_endpoint();
}

/// One attempt at a host with these addresses.
struct Race {
    FakeLoop loop;
    net::Resolver::Endpoints addresses;
    std::optional<net::Resolver> resolver;
    std::optional<Result<std::unique_ptr<net::ByteStream>>> result;

    void start() {
        resolver.emplace(loop.io.get_executor(), 1, [this](const std::string&, std::uint16_t) {
            return Result<net::Resolver::Endpoints>(addresses);
        });
        net::ConnectOptions options;
        options.address.host = "host.example";
        options.address.port = 1;
        options.timeout = seconds(10);
        net::connect_stream(loop.timers, *resolver, options, [this](auto stream) {
            result.emplace(std::move(stream));
        });
    }
    bool is_over() {
        return run_until(loop.io, [this] { return result.has_value(); });
    }
    /// The deadline of all, and the instant when the next address is tried as well.
    bool waits_for_the_first() {
        return run_until(loop.io, [this] { return loop.timers.size() == 2; });
    }
};

TEST(ConnectRace, tries_the_second_address_while_the_first_hangs) {
    Race race;
    const Hanging first(race.loop.io);
    const Answering second(race.loop.io);
    race.addresses = {first.address(), second.address()};
    race.start();
    ASSERT_TRUE(race.waits_for_the_first());
    race.loop.advance(milliseconds(249));
    EXPECT_EQ(race.loop.timers.size(), 2U) << "not yet";
    EXPECT_FALSE(race.result);
    race.loop.advance(milliseconds(1));
    ASSERT_TRUE(race.is_over());
    ASSERT_TRUE(race.result->has_value());
    EXPECT_EQ(race.loop.timers.size(), 0U);
}

TEST(ConnectRace, tries_the_second_address_at_once_when_the_first_refuses) {
    Race race;
    const Answering second(race.loop.io);
    race.addresses = {refusing(race.loop.io), second.address()};
    race.start();
    ASSERT_TRUE(race.is_over()) << "no time has passed";
    EXPECT_TRUE(race.result->has_value());
}

TEST(ConnectRace, fails_when_all_have_refused) {
    Race race;
    race.addresses = {refusing(race.loop.io), refusing(race.loop.io)};
    race.start();
    ASSERT_TRUE(race.is_over()) << "no time has passed";
    ASSERT_FALSE(race.result->has_value());
    EXPECT_EQ(net::fault_word(race.result->error()), "connect");
    EXPECT_EQ(race.loop.timers.size(), 0U);
}

TEST(ConnectRace, gives_up_on_all_at_one_deadline) {
    Race race;
    const Hanging first(race.loop.io), second(race.loop.io);
    race.addresses = {first.address(), second.address()};
    race.start();
    ASSERT_TRUE(race.waits_for_the_first());
    race.loop.advance(milliseconds(9'999));
    EXPECT_FALSE(race.result);
    race.loop.advance(milliseconds(1));
    ASSERT_TRUE(race.result);
    EXPECT_EQ(net::fault_word(race.result->error()), "timeout");
}

// RFC 8305 §4.
TEST(ConnectRace, has_the_families_in_turn) {
    FakeLoop loop;
    const auto endpoint = [](const char* address) {
        return Tcp::endpoint(boost::asio::ip::make_address(address), 1);
    };
    net::Resolver resolver(loop.io.get_executor(), 1, [&](const std::string&, std::uint16_t) {
        return Result<net::Resolver::Endpoints>(net::Resolver::Endpoints{
            endpoint("2001:db8::1"),
            endpoint("2001:db8::2"),
            endpoint("192.0.2.1"),
            endpoint("192.0.2.2")});
    });
    std::optional<net::Resolver::Endpoints> found;
    resolver.resolve("host.example", 1, [&](auto endpoints) { found = *endpoints; });
    ASSERT_TRUE(run_until(loop.io, [&] { return found.has_value(); }));
    const net::Resolver::Endpoints in_turn{
        endpoint("2001:db8::1"),
        endpoint("192.0.2.1"),
        endpoint("2001:db8::2"),
        endpoint("192.0.2.2")};
    EXPECT_EQ(*found, in_turn);
}

}  // namespace
}  // namespace sallyport::test
