// SPDX-License-Identifier: Apache-2.0
// What a request costs in processor time: our HTTP client asking our HTTP server on loopback, both
// in this one thread, and the server alone behind a client that does nothing but write and count.
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/base/log.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"

namespace {

using namespace sallyport;

double processor_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Bench {
    boost::asio::io_context io{1};
    SystemTime time;
    net::Timers timers{io.get_executor(), time};
    net::Resolver resolver{io.get_executor()};
    Log log{Log::Sink([](std::string_view) {})};
    std::unique_ptr<net::HttpServer> server;

    Bench() {
        net::HttpServerOptions options;
        options.listen = {"127.0.0.1", 0, {}};
        server = net::make_http_server(timers, log, options);
        server->mount("/hook", [](const auto&, const port::Respond& respond) {
            respond(port::HttpResponse(204));
        });
        if (!server->open()) std::puts("cannot listen");
    }
};

const std::string form =
    "MessageSid=SM00000000000000000000000000000000&AccountSid=AC00000000000000000000000000000000&"
    "From=%2B15551234567"
    "&To=%2B15550001111&Body=hello+world+hello+world&NumMedia=0&NumSegments=1&ApiVersion=2010-04-"
    "01";

/// A client that only writes the same request again for every answer: close to nothing.
struct Writer final : net::StreamHandler {
    std::unique_ptr<net::ByteStream> stream;
    const std::string& request;
    int& left;
    Writer(std::unique_ptr<net::ByteStream> s, const std::string& r, int& l)
        : stream(std::move(s)), request(r), left(l) {
        stream->start(*this);
        stream->write(request);
    }
    void on_bytes(std::string_view) override {
        if (--left > 0) stream->write(request);
    }
    void on_end(const Error&) override {}
};

void server_alone(int total, int connections) {
    Bench bench;
    const std::string request =
        "POST /hook/sms.example.org/primary/inbound HTTP/1.1\r\nHost: "
        "gw.example.org\r\nUser-Agent: TwilioProxy/1.1\r\n"
        "Accept: */*\r\nX-Twilio-Signature: 0000000000000000000000000000\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: " +
        std::to_string(form.size()) + "\r\n\r\n" + form;
    int left = total;
    std::vector<std::unique_ptr<Writer>> writers;
    net::ConnectOptions options;
    options.address = bench.server->endpoint();
    for (int i = 0; i < connections; ++i)
        net::connect_stream(
            bench.timers,
            bench.resolver,
            options,
            [&](Result<std::unique_ptr<net::ByteStream>> stream) {
                if (stream)
                    writers.push_back(std::make_unique<Writer>(std::move(*stream), request, left));
            }
        );
    const double before = processor_seconds();
    while (left > 0) bench.io.run_one();
    const double spent = processor_seconds() - before;
    std::printf(
        "http server + bare writer: %.1f us a request (%d connections)\n",
        spent / total * 1e6,
        connections
    );
}

void client_and_server(int total, int in_flight) {
    Bench bench;
    const auto client = net::make_http_client(bench.io.get_executor());
    const std::string url = "http://" + bench.server->endpoint().to_string() + "/hook/x";
    int started = 0;
    int done = 0;
    std::function<void()> next = [&] {
        ++started;
        port::HttpRequest request("POST", url);
        request.body = form;
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.username = "AC00000000000000000000000000000000";
        request.password = "secret";
        client->request(std::move(request), [&](const port::HttpResult&) {
            ++done;
            if (started < total) next();
        });
    };
    const double before = processor_seconds();
    for (int i = 0; i < in_flight; ++i) next();
    while (done < total) bench.io.run_one();
    const double spent = processor_seconds() - before;
    std::printf(
        "http client + server: %.1f us a request (%d in flight)\n", spent / total * 1e6, in_flight
    );
}

}  // namespace

int main() {
    server_alone(100'000, 32);
    client_and_server(50'000, 32);
    client_and_server(50'000, 256);
}
