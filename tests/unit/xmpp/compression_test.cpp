// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/compression.hpp"

#include <random>

#include <gtest/gtest.h>

#include "xmpp/core/text.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::xmpp {
namespace {

constexpr Compression::Limits limits{64 * 1024, 100, 1024};

std::string inflate_all(Compression& compression, std::string_view bytes) {
    std::string all;
    while (auto piece = compression.inflate(bytes)) {
        EXPECT_LE(piece->size(), limits.piece_bytes);
        all += *piece;
    }
    return all;
}

TEST(Compression, gives_back_what_it_was_given) {
    std::mt19937 random(1);
    Compression one(limits), other(limits);
    for (std::size_t size : {1u, 10u, 1000u, 1023u, 1024u, 1025u, 50'000u}) {
        std::string text(size, ' ');
        for (char& c : text) c = static_cast<char>('a' + random() % 16);
        EXPECT_EQ(inflate_all(other, one.deflate(text)), text);
    }
    EXPECT_EQ(one.deflate(""), "");
    EXPECT_FALSE(other.fault());
}

TEST(Compression, can_be_read_byte_by_byte) {
    Compression one(limits), other(limits);
    std::string text;
    for (std::string_view part : {"<presence/>", "<message><body>hello</body></message>"}) {
        std::string bytes = one.deflate(part);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            text += inflate_all(other, std::string_view(bytes).substr(i, 1));
    }
    EXPECT_EQ(text, "<presence/><message><body>hello</body></message>");
}

TEST(Compression, stops_at_a_bomb) {
    Compression one(limits), other(limits);
    std::string text = inflate_all(other, one.deflate(std::string(10'000'000, ' ')));
    EXPECT_EQ(other.fault(), Compression::Fault::bomb);
    EXPECT_LT(text.size(), 2'000'000u);
    EXPECT_EQ(inflate_all(other, "x"), "");
}

TEST(Compression, lets_what_is_merely_monotonous_pass) {
    Compression one(limits), other(limits);
    std::string text(60 * 1024, ' ');
    EXPECT_EQ(inflate_all(other, one.deflate(text)), text);
    EXPECT_FALSE(other.fault());
}

TEST(Compression, knows_what_is_not_compressed) {
    Compression other(limits);
    EXPECT_EQ(inflate_all(other, "<stream:stream>"), "");
    EXPECT_EQ(other.fault(), Compression::Fault::bad_data);
}

// ---- a session over it ----

struct Client {
    void hear(std::string_view bytes) {
        std::string plain = zipped ? inflate_all(*zipped, bytes) : std::string(bytes);
        heard += plain;
        if (plain.find("<compressed") != plain.npos)
            zipped = std::make_unique<Compression>(Compression::Limits{1 << 20, 100, 1024});
    }
    std::string heard;
    std::unique_ptr<Compression> zipped;
};

void drain(ServerStream& stream, Client& client) {
    while (auto output = stream.poll())
        if (const auto* action = std::get_if<Action>(&*output))
            if (const auto* write = std::get_if<Write>(action)) client.hear(write->bytes);
}

TEST(Compression, carries_a_session) {
    auto options = std::make_shared<ServerStreamOptions>();
    options->domain = *Jid::parse("example.org");
    options->tls = TlsPolicy::done;
    options->mechanisms = {"PLAIN"};
    options->offers_compression = true;
    ServerStream stream(options, "seed");
    Client client;
    auto say = [&](std::string_view text) {
        std::string bytes = client.zipped ? client.zipped->deflate(text) : std::string(text);
        stream.feed(bytes, {});
        drain(stream, client);
    };
    auto answer = [&](ServerAnswer with) {
        stream.answer(std::move(with), {});
        drain(stream, client);
    };
    constexpr std::string_view header =
        "<stream:stream xmlns='jabber:client' to='example.org' version='1.0' "
        "xmlns:stream='http://etherx.jabber.org/streams'>";
    stream.start({});
    say(header);
    say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
        base64_encode(std::string_view("\0juliet\0x", 9)) + "</auth>");
    answer(sasl::Answer(sasl::Granted{"juliet", {}}));
    say(header);
    say("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>");
    ASSERT_TRUE(client.zipped);
    client.heard.clear();
    say(header);
    EXPECT_TRUE(client.heard.starts_with("<?xml version='1.0'?><stream:stream")) << client.heard;
    EXPECT_EQ(client.heard.find("<compression"), client.heard.npos);
    say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    answer(Bound{*Jid::parse("juliet@example.org/b"), {}});
    client.heard.clear();
    ASSERT_TRUE(stream.send(Stanza::message(StanzaType::chat, *Jid::parse("a@b"), {}, "1")));
    drain(stream, client);
    EXPECT_EQ(client.heard, "<message from='a@b' id='1' type='chat'/>");
}

}  // namespace
}  // namespace sallyport::xmpp
