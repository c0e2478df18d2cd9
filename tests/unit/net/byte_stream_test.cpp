// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/byte_stream.hpp"

#include <array>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using net::ByteStream;
using std::chrono::milliseconds;

using Connected = std::optional<Result<std::unique_ptr<ByteStream>>>;

/// Connects and waits for the answer.
Connected connect(LiveLoop& loop, net::ConnectOptions options) {
    Connected result;
    net::connect_stream(
        loop.timers,
        loop.resolver,
        std::move(options),
        [&](Result<std::unique_ptr<ByteStream>> r) { result.emplace(std::move(r)); }
    );
    EXPECT_FALSE(result) << "called back from within the call";
    loop.until([&] { return result.has_value(); });
    return result;
}

net::ConnectOptions to(const config::Endpoint& address) {
    net::ConnectOptions options;
    options.address = address;
    return options;
}

/// A client and the server's end of the same connection, both recorded.
struct Pair {
    LiveLoop& loop;
    Acceptor acceptor;
    Recorder client_says;
    Recorder server_says;
    std::unique_ptr<ByteStream> client;
    std::unique_ptr<ByteStream> server;

    explicit Pair(LiveLoop& l, const config::Endpoint& at = {"127.0.0.1", 0, {}})
        : loop(l), acceptor(l, at) {
        auto connected = connect(loop, to(acceptor.endpoint()));
        client = std::move(connected->value());
        loop.until([&] { return !acceptor.streams.empty(); });
        server = std::move(acceptor.streams.front());
    }
    void start() {
        client->start(client_says);
        server->start(server_says);
    }
};

TEST(ByteStream, carries_bytes_both_ways) {
    LiveLoop loop;
    Pair pair(loop);
    pair.start();
    pair.client->write("hel");
    pair.client->write("lo");
    EXPECT_EQ(pair.client->unsent_bytes(), 5u) << "written before the end of the turn";
    EXPECT_TRUE(loop.until([&] { return pair.server_says.bytes == "hello"; }));
    pair.server->write("world");
    EXPECT_TRUE(loop.until([&] { return pair.client_says.bytes == "world"; }));
    EXPECT_EQ(pair.client->unsent_bytes(), 0u);
    EXPECT_EQ(pair.client_says.sent, 1u) << "two writes of a turn are one";
    EXPECT_EQ(pair.client->peer(), "127.0.0.1");
}

TEST(ByteStream, works_over_unix_sockets) {
    LiveLoop loop;
    const Folder folder;
    Pair pair(loop, {{}, 0, folder / "socket"});
    pair.start();
    pair.client->write("x");
    EXPECT_TRUE(loop.until([&] { return pair.server_says.bytes == "x"; }));
    EXPECT_EQ(pair.server->peer(), "unix");
    const auto mode = std::filesystem::status(folder / "socket").permissions();
    EXPECT_EQ(mode & std::filesystem::perms::all, std::filesystem::perms(0600));
}

TEST(ByteStream, holds_what_a_slow_reader_does_not_take) {
    LiveLoop loop;
    Pair pair(loop);
    pair.start();
    pair.server->set_reading(false);
    const std::string much(32 << 20, 'x');
    pair.client->write(much);
    EXPECT_TRUE(loop.until([&] { return pair.client_says.sent > 0; }));
    EXPECT_GT(pair.client->unsent_bytes(), 0u);
    pair.server->set_reading(true);
    EXPECT_TRUE(loop.until([&] { return pair.server_says.bytes.size() == much.size(); }));
    EXPECT_EQ(pair.client->unsent_bytes(), 0u);
}

TEST(ByteStream, close_delivers_everything_first) {
    LiveLoop loop;
    Pair pair(loop);
    pair.start();
    const std::string much(4 << 20, 'x');
    pair.client->write(much);
    pair.client->close();
    pair.client->write("too late");
    EXPECT_TRUE(loop.until([&] { return !pair.server_says.ended.empty(); }));
    EXPECT_EQ(pair.server_says.bytes.size(), much.size());
    EXPECT_EQ(pair.server_says.ended, "eof");
    pair.server.reset();
    EXPECT_TRUE(loop.until([&] { return !pair.client_says.ended.empty(); }));
    EXPECT_EQ(pair.client_says.ended, "closed");
}

TEST(ByteStream, does_not_linger_for_ever_after_close) {
    FakeLoop loop;
    std::array<int, 2> sockets{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
    auto stream = net::adopt_socket(loop.timers, sockets[0], "unix");
    Recorder says;
    stream->start(says);
    stream->write("bye");
    stream->close();  // the other side keeps its end open
    loop.settle();
    EXPECT_EQ(says.ended, "");
    loop.advance(std::chrono::seconds(2));
    EXPECT_EQ(says.ended, "closed");
    ::close(sockets[1]);
}

TEST(ByteStream, may_be_destroyed_by_its_own_callback) {
    LiveLoop loop;
    Pair pair(loop);
    pair.server_says.also = [&](std::string_view) { pair.server.reset(); };
    pair.start();
    pair.client->write("x");
    EXPECT_TRUE(loop.until([&] { return !pair.client_says.ended.empty(); }));
    EXPECT_EQ(pair.server, nullptr);
    EXPECT_EQ(pair.server_says.ended, "") << "no word after its end";
}

TEST(ByteStream, tells_when_nobody_listens) {
    LiveLoop loop;
    config::Endpoint address;
    {
        const Acceptor gone(loop);
        address = gone.endpoint();
    }
    const auto connected = connect(loop, to(address));
    ASSERT_FALSE(connected->has_value());
    EXPECT_EQ(net::fault_word(connected->error()), "connect");
    EXPECT_NE(connected->error().detail.find(address.to_string()), std::string::npos);
}

TEST(ByteStream, tells_when_a_name_has_no_address) {
    LiveLoop loop;
    net::ConnectOptions options = to({"no-such-host.invalid", 5347, {}});
    options.timeout = std::chrono::minutes(1);
    const auto connected = connect(loop, options);
    ASSERT_FALSE(connected->has_value());
    EXPECT_EQ(net::fault_word(connected->error()), "dns");
}

TEST(ByteStream, tells_when_a_unix_path_is_too_long) {
    LiveLoop loop;
    const auto connected = connect(loop, to({{}, 0, "/" + std::string(200, 'x')}));
    ASSERT_FALSE(connected->has_value());
    EXPECT_EQ(net::fault_word(connected->error()), "connect");
}

TEST(ByteStream, forgets_look_ups_when_the_resolver_goes) {
    boost::asio::io_context io;
    int calls = 0;
    {
        net::Resolver resolver(io.get_executor());
        resolver.resolve("127.0.0.1", 1, [&](const auto&) { ++calls; });
        resolver.resolve("localhost", 1, [&](const auto&) { ++calls; });
    }
    io.poll();
    EXPECT_EQ(calls, 0);
}

struct Tls {
    LiveLoop loop;
    Folder folder;
    Certificate certificate{folder, "localhost"};
    std::shared_ptr<const net::TlsContext> server =
        net::make_server_tls(certificate.chain, certificate.key).value();
    std::shared_ptr<const net::TlsContext> client = net::make_client_tls(certificate.chain).value();
    Acceptor acceptor{loop};
    Recorder server_says;
    Recorder client_says;
    std::optional<TlsDone> server_done;

    net::ConnectOptions options(std::string name = "localhost") const {
        net::ConnectOptions o = to(acceptor.endpoint());
        o.tls = client;
        o.tls_name = std::move(name);
        return o;
    }
    /// Serves the first connection: TLS, then recording.
    Connected run(const net::ConnectOptions& options) {
        Connected result;
        net::connect_stream(
            loop.timers,
            loop.resolver,
            options,
            [&](Result<std::unique_ptr<ByteStream>> r) { result.emplace(std::move(r)); }
        );
        loop.until([&] { return !acceptor.streams.empty(); });
        acceptor.streams[0]->start_tls(server->make_session({}), [&](const Result<TlsDone>& done) {
            if (!done) return;
            server_done = *done;
            acceptor.streams[0]->start(server_says);
        });
        loop.until([&] { return result.has_value(); });
        return result;
    }
};

TEST(Tls, carries_bytes_both_ways_and_ends_politely) {
    Tls tls;
    auto connected = tls.run(tls.options());
    ASSERT_TRUE(connected->has_value()) << connected->error().to_string();
    ByteStream& client = **connected->operator->();
    client.start(tls.client_says);
    const std::string much(3 << 20, 'x');
    client.write(much);
    EXPECT_TRUE(tls.loop.until([&] { return tls.server_says.bytes.size() == much.size(); }));
    tls.acceptor.streams[0]->write("answer");
    EXPECT_TRUE(tls.loop.until([&] { return tls.client_says.bytes == "answer"; }));
    tls.acceptor.streams[0]->close();
    EXPECT_TRUE(tls.loop.until([&] { return tls.client_says.ended == "eof"; }));
    ASSERT_TRUE(tls.server_done);
    EXPECT_EQ(tls.server_done->exporter.size(), 32u);
    EXPECT_EQ(tls.server_done->end_point.size(), 32u);
}

TEST(Tls, refuses_a_certificate_of_another_name) {
    Tls tls;
    const auto connected = tls.run(tls.options("other.example.org"));
    ASSERT_FALSE(connected->has_value());
    EXPECT_EQ(net::fault_word(connected->error()), "certificate");
    EXPECT_NE(
        connected->error().detail.find("is for localhost, not for other.example.org"),
        std::string::npos
    ) << connected->error().detail;
}

TEST(Tls, refuses_an_issuer_it_does_not_know) {
    Tls tls;
    const Certificate other(tls.folder, "localhost", "other");
    tls.client = net::make_client_tls(other.chain).value();
    const auto connected = tls.run(tls.options());
    ASSERT_FALSE(connected->has_value());
    EXPECT_EQ(net::fault_word(connected->error()), "certificate");
}

TEST(Tls, verifies_literal_addresses) {
    Tls tls;
    EXPECT_FALSE(tls.run(tls.options("127.0.0.1"))->has_value());
    tls.acceptor.streams.clear();
    const Certificate numeric(tls.folder, "127.0.0.1", "numeric");
    tls.server = net::make_server_tls(numeric.chain, numeric.key).value();
    tls.client = net::make_client_tls(numeric.chain).value();
    EXPECT_TRUE(tls.run(tls.options("127.0.0.1"))->has_value());
}

TEST(Tls, gives_up_on_a_server_that_accepts_and_never_answers) {
    Tls tls;
    net::ConnectOptions options = tls.options();
    options.timeout = milliseconds(50);
    const auto connected = connect(tls.loop, options);
    ASSERT_FALSE(connected->has_value());
    EXPECT_EQ(net::fault_word(connected->error()), "timeout");
}

TEST(Tls, refuses_a_server_that_speaks_something_else) {
    Tls tls;
    Recorder server_says;
    Connected result;
    net::connect_stream(
        tls.loop.timers,
        tls.loop.resolver,
        tls.options(),
        [&](Result<std::unique_ptr<ByteStream>> r) { result.emplace(std::move(r)); }
    );
    tls.loop.until([&] { return !tls.acceptor.streams.empty(); });
    tls.acceptor.streams[0]->start(server_says);
    tls.acceptor.streams[0]->write("HTTP/1.1 400 Bad Request\r\n\r\n");
    tls.loop.until([&] { return result.has_value(); });
    ASSERT_FALSE(result->has_value());
    EXPECT_EQ(net::fault_word(result->error()), "tls");
}

TEST(Tls, names_the_file_that_is_wrong) {
    const Folder folder;
    const Certificate one(folder, "localhost", "one");
    const Certificate two(folder, "localhost", "two");
    const auto absent = net::make_server_tls(folder / "absent.pem", one.key);
    ASSERT_FALSE(absent);
    EXPECT_NE(absent.error().detail.find("absent.pem"), std::string::npos);
    const auto crossed = net::make_server_tls(one.chain, two.key);
    ASSERT_FALSE(crossed);
    EXPECT_NE(crossed.error().detail.find("two.key"), std::string::npos) << crossed.error().detail;
    const auto empty = net::make_client_tls(folder.write("empty.pem", ""));
    ASSERT_FALSE(empty);
    EXPECT_NE(empty.error().detail.find("empty.pem"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::test
