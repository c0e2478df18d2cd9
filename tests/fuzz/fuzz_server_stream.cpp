// SPDX-License-Identifier: Apache-2.0
// A client that says anything at all: no session without a login, one header for one stream,
// nothing after Close, and no unsound output, in both coats.
#include <cstdlib>
#include <memory>
#include <string_view>

#include "xmpp/stream/server_stream.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::xmpp;

std::shared_ptr<const ServerStreamOptions> make_options(unsigned char kind) {
    auto options = std::make_shared<ServerStreamOptions>();
    options->domain = *Jid::parse("example.org");
    options->tls = kind & 1 ? TlsPolicy::required : TlsPolicy::done;
    options->is_websocket = kind & 2;
    options->offers_registration = options->offers_sasl2 = options->offers_fast = true;
    options->offers_client_state = options->offers_carbons = options->offers_compression = true;
    options->allows_legacy = kind & 4;
    options->mechanisms = {
        "EXTERNAL",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "DIGEST-MD5",
        "CRAM-MD5",
        "PLAIN",
        "HT-SHA-256-NONE"};
    options->before_auth = {8192, 8192, 8, 32, 32, 16};
    options->management.stanzas = 8;
    options->management.bytes = 4096;
    return options;
}

// An owner who believes everybody, and a careless one: it echoes.
class Owner {
  public:
    explicit Owner(ServerStream& stream) : stream_(stream) {}

    void drain() {
        while (auto output = stream_.poll()) {
            if (is_over_) std::abort();
            if (auto* action = std::get_if<Action>(&*output))
                perform(*action);
            else
                std::visit(
                    [this](auto& event) { on(event); }, std::get<ServerStream::Event>(*output)
                );
        }
    }
    bool is_over() const { return is_over_; }

  private:
    void perform(const Action& action) {
        is_over_ = std::holds_alternative<Close>(action);
        if (std::holds_alternative<StartTls>(action))
            stream_.tls_done({"exporter", "", "", {"juliet@example.org"}});
    }
    void on(AskAccount& ask) {
        sasl::Answer answer = sasl::Granted{"juliet", {}};
        if (std::holds_alternative<sasl::AskKeys>(ask.question)) answer = sasl::Denied{};
        if (std::holds_alternative<sasl::AskSecret>(ask.question))
            answer = sasl::Secret{std::string(32, 's')};
        is_known_ = true;
        stream_.answer(std::move(answer), {});
    }
    void on(AskCertified& ask) { stream_.answer(Certified{ask.users}, {}); }
    void on(AskBind& ask) {
        if (ask.user != "juliet") std::abort();
        stream_.answer(Bound{*Jid::parse("juliet@example.org/b"), {}}, {});
    }
    void on(AskResume& ask) {
        if (ask.handled % 2) return stream_.answer(NotResumed{ask.handled}, {});
        auto management = std::make_unique<Management>(ManagementLimits{}, "old");
        management->set_counts(ask.handled, 7);
        management->keep("<message><body>x</body></message>", {});
        stream_.answer(Resumed{*Jid::parse("juliet@example.org/b"), std::move(management)}, {});
    }
    void on(AskRegister& ask) { stream_.answer(ask.iq, {}); }
    void on(AskIssue&) { stream_.answer(Issued{"token", ""}, {}); }
    void on(SessionStarted&) {
        if (!is_known_ || !stream_.is_secure()) std::abort();
    }
    void on(AckWanted& wanted) { stream_.acknowledge(wanted.count); }
    void on(Received& received) { (void)stream_.send(received.stanza); }
    void on(Malformed& bad) {
        if (auto bounce = bounce_malformed(bad.element, bad.error)) (void)stream_.send(*bounce);
    }
    void on(auto&) {}

    ServerStream& stream_;
    bool is_over_ = false;
    bool is_known_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    unsigned char kind = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.back());
    ServerStream stream(make_options(kind), "seed");
    Owner owner(stream);
    TimePoint now{};
    stream.start(now);
    while (!bytes.empty()) {
        // Messages of a websocket end with \n here; pieces of a connection anywhere.
        std::size_t end = kind & 2 ? bytes.find('\n') : kind / 8u;
        std::string_view piece = bytes.substr(0, end);
        stream.feed(piece, now);
        owner.drain();
        stream.rest();
        bytes.remove_prefix(std::min(bytes.size(), piece.size() + (kind & 2 || piece.empty())));
    }
    stream.tick(now + std::chrono::hours(1));
    owner.drain();
    stream.closed(now);
    owner.drain();
    if (!owner.is_over() || !stream.is_over()) std::abort();
    (void)stream.take_management();
    return 0;
}
