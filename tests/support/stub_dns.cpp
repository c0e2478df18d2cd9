// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stub_dns.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace sallyport::test {
namespace {

using Tcp = boost::asio::ip::tcp;
using Udp = boost::asio::ip::udp;
using Kind = DnsReply::Kind;
using Failure = boost::system::error_code;

constexpr std::size_t header_bytes = 12;  // RFC 1035 §4.1.1

void put16(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8U & 0xFFU);
    out += static_cast<char>(value & 0xFFU);
}

void put_name(std::string& out, std::string_view name) {
    while (!name.empty() && name != ".") {
        const std::string_view label = name.substr(0, name.find('.'));
        out += static_cast<char>(label.size());
        out += label;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    out += '\0';
}

struct Question {
    std::string name;
    std::size_t end = 0;  ///< where it ends in the message
};

std::optional<Question> parse_question(std::string_view message) {
    Question question;
    std::size_t at = header_bytes;
    while (at < message.size() && message[at] != '\0') {
        const auto size = static_cast<unsigned char>(message[at]);
        if (at + 1 + size >= message.size()) return std::nullopt;
        if (!question.name.empty()) question.name += '.';
        question.name += message.substr(at + 1, size);
        at += size + 1U;
    }
    question.end = at + 5;  // the root, type and class
    if (question.end > message.size()) return std::nullopt;
    return question;
}

// RFC 2782, "The format of the SRV RR".
void put_record(std::string& out, const net::SrvRecord& record) {
    put16(out, 0xC000 | header_bytes);  // the name that was asked for
    put16(out, 33);
    put16(out, 1);
    put16(out, 0);
    put16(out, 60);  // seconds to live
    std::string data;
    put16(data, record.priority);
    put16(data, record.weight);
    put16(data, record.port);
    put_name(data, record.host);
    put16(out, static_cast<unsigned>(data.size()));
    out += data;
}

std::string build_reply(
    std::string_view request, const Question& question, const DnsReply& reply, bool over_tcp
) {
    const bool is_cut = reply.kind == Kind::truncated && !over_tcp;
    const unsigned code = reply.kind == Kind::nxdomain ? 3 : reply.kind == Kind::servfail ? 2 : 0;
    const auto& records = is_cut ? std::vector<net::SrvRecord>() : reply.srv;
    std::string out(request.substr(0, 2));
    if (reply.kind == Kind::foreign) out[0] = static_cast<char>(~out[0]);
    put16(out, 0x8180U | (is_cut ? 0x0200U : 0U) | code);
    put16(out, 1);
    put16(out, static_cast<unsigned>(records.size()));
    put16(out, 0);
    put16(out, 0);
    out += request.substr(header_bytes, question.end - header_bytes);
    for (const net::SrvRecord& record : records) put_record(out, record);
    if (reply.kind == Kind::garbage) out.resize(out.size() - 3);
    return out;
}

}  // namespace

struct StubDns::State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& io, std::function<DnsReply(const std::string&)> by_name)
        : answer(std::move(by_name)),
          acceptor(io, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          udp(io, Udp::endpoint(acceptor.local_endpoint().address(), port())) {}
    std::uint16_t port() const { return acceptor.local_endpoint().port(); }

    std::optional<std::string> reply_to(std::string_view request, bool over_tcp);
    void receive();
    void accept();
    void read_size(std::shared_ptr<Tcp::socket> client);
    void read_request(std::shared_ptr<Tcp::socket> client, std::size_t size);

    std::function<DnsReply(const std::string&)> answer;
    std::vector<std::string> questions;
    Tcp::acceptor acceptor;
    Udp::socket udp;
    Udp::endpoint sender;
    std::array<char, 1500> datagram{};
    std::string message;
};

std::optional<std::string> StubDns::State::reply_to(std::string_view request, bool over_tcp) {
    const auto question = parse_question(request);
    if (!question) return std::nullopt;
    questions.push_back((over_tcp ? "tcp " : "udp ") + question->name);
    const DnsReply reply = answer(question->name);
    if (reply.kind == Kind::silence) return std::nullopt;
    return build_reply(request, *question, reply, over_tcp);
}

void StubDns::State::receive() {
    udp.async_receive_from(
        boost::asio::buffer(datagram),
        sender,
        [self = shared_from_this()](const Failure& failure, std::size_t size) {
            if (failure) return;
            const auto reply = self->reply_to({self->datagram.data(), size}, false);
            Failure ignored;
            if (reply) self->udp.send_to(boost::asio::buffer(*reply), self->sender, 0, ignored);
            self->receive();
        }
    );
}

void StubDns::State::accept() {
    acceptor.async_accept([self = shared_from_this()](const Failure& failure, Tcp::socket socket) {
        if (failure) return;
        self->read_size(std::make_shared<Tcp::socket>(std::move(socket)));
        self->accept();
    });
}

// RFC 1035 §4.2.2: two bytes of length before each message.
void StubDns::State::read_size(std::shared_ptr<Tcp::socket> client) {
    message.resize(2);
    boost::asio::async_read(
        *client,
        boost::asio::buffer(message),
        [self = shared_from_this(), client](const Failure& failure, std::size_t) {
            if (failure) return;
            const auto high = static_cast<unsigned char>(self->message[0]);
            const auto low = static_cast<unsigned char>(self->message[1]);
            self->read_request(client, high * 256U + low);
        }
    );
}

void StubDns::State::read_request(std::shared_ptr<Tcp::socket> client, std::size_t size) {
    message.resize(size);
    boost::asio::async_read(
        *client,
        boost::asio::buffer(message),
        [self = shared_from_this(), client](const Failure& failure, std::size_t) {
            if (failure) return;
            const auto reply = self->reply_to(self->message, true);
            if (!reply) return;
            std::string framed;
            put16(framed, static_cast<unsigned>(reply->size()));
            Failure ignored;
            boost::asio::write(*client, boost::asio::buffer(framed + *reply), ignored);
            self->read_size(client);
        }
    );
}

StubDns::StubDns(boost::asio::io_context& io, std::function<DnsReply(const std::string&)> answer)
    : state_(std::make_shared<State>(io, std::move(answer))) {
    state_->receive();
    state_->accept();
}

StubDns::~StubDns() {
    Failure ignored;
    static_cast<void>(state_->udp.close(ignored));
    static_cast<void>(state_->acceptor.close(ignored));
}

std::string StubDns::address() const {
    return "127.0.0.1:" + std::to_string(state_->port());
}

const std::vector<std::string>& StubDns::questions() const {
    return state_->questions;
}

}  // namespace sallyport::test
