// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/admin_http.hpp"

#include <string_view>

#include "gateway/app/command_tools.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/base/process_metrics.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::app {
namespace {

using port::HttpRequest;
using port::HttpResponse;
using port::Respond;

/// A loop that has not turned for so long is dead: the process should be replaced.
constexpr std::chrono::seconds dead_loop{10};

void livez(Gateway& gateway, const Respond& respond) {
    const bool is_alive = gateway.loop_lag() < dead_loop;
    respond(HttpResponse(
        is_alive ? 200 : 503, is_alive ? "ok\n" : "the loop hangs\n", "text/plain; charset=utf-8"
    ));
}

void readyz(Gateway& gateway, const HttpRequest& request, const Respond& respond) {
    const bool verbose = request.url.find("verbose") != std::string::npos;
    respond(HttpResponse(
        gateway.is_ready() ? 200 : 503,
        readiness_text(gateway, verbose),
        "text/plain; charset=utf-8"
    ));
}

void metrics(Gateway& gateway, const Respond& respond) {
    respond(HttpResponse(200, metrics_text(gateway), "text/plain; version=0.0.4; charset=utf-8"));
}

JsonText providers_json(const Attached& attached) {
    JsonText list;
    list.open('[');
    for (const auto& [name, state] : attached.context().providers()) {
        list.item().open('{').field("name", name).field("held", state.held);
        if (state.last_webhook != WallTime{})
            list.field("last_webhook", xmpp::build_datetime(state.last_webhook));
        list.close('}');
    }
    return list.close(']');
}

JsonText server_json(const server::Server& server) {
    JsonText components;
    components.open('[');
    for (const auto& [domain, peer] : server.components().states())
        components.item()
            .open('{')
            .field("domain", domain.str())
            .raw("connected", peer.empty() ? "false" : "true")
            .close('}');
    JsonText json;
    return json.open('{')
        .field("domain", server.hub().domain().str())
        .number("sessions", server.hub().session_count())
        .number("connections", server.clients().connections())
        .raw("components", components.close(']').text())
        .close('}');
}

JsonText transport_json(const Attached& attached, const store::Counts::Answer& counts) {
    JsonText json;
    const std::string& domain = attached.domain().name;
    json.open('{').field("domain", domain).field("link", attached.attachment().state());
    if (!attached.is_ready()) json.field("why", attached.attachment().reason());
    json.number("registered", attached.domain().accounts.size())
        .raw("providers", providers_json(attached).text());
    JsonText outbound;
    outbound.open('{');
    for (const auto& [key, count] : counts.outbound)
        if (key.first == domain) outbound.number(to_string(key.second), count);
    json.raw("outbound", outbound.close('}').text());
    auto waiting = counts.inbox_waiting.find(domain);
    return json.number("inbox_waiting", waiting == counts.inbox_waiting.end() ? 0 : waiting->second)
        .close('}');
}

}  // namespace

std::string readiness_text(const Gateway& gateway, bool verbose) {
    std::string text;
    for (const Gateway::Check& check : gateway.checks()) {
        if (check.why.empty() && !verbose) continue;
        text += (check.why.empty() ? "[+] " + check.name : "[-] " + check.name + ": " + check.why) +
                "\n";
    }
    return text + (gateway.is_ready() ? "ready\n" : "not ready\n");
}

std::string metrics_text(Gateway& gateway) {
    return gateway.metrics().expose() + expose_process();
}

void status_json(Gateway& gateway, std::function<void(std::string)> done) {
    gateway.store().read(
        store::Counts{},
        [&gateway, done = std::move(done)](Result<store::Counts::Answer> answer) {
            const store::Counts::Answer counts = answer ? *answer : store::Counts::Answer{};
            JsonText json;
            json.open('{')
                .field("version", SALLYPORT_VERSION)
                .field("started", xmpp::build_datetime(gateway.started_at()));
            json.raw("ready", gateway.is_ready() ? "true" : "false")
                .raw("store", gateway.store().healthy() ? "true" : "false");
            if (counts.oldest_open)
                json.field("oldest_open", xmpp::build_datetime(*counts.oldest_open));
            if (const server::Server* server = gateway.server())
                json.raw("server", server_json(*server).text());
            JsonText list;
            list.open('[');
            for (const auto& [name, attached] : gateway.attached())
                list.item().append(transport_json(*attached, counts));
            json.raw("transports", list.close(']').text());
            done(json.close('}').text() + "\n");
        }
    );
}

void install_admin(Gateway& gateway, net::HttpServer& server) {
    server.route("/livez", {"GET"}, [&](const HttpRequest&, const Respond& respond) {
        livez(gateway, respond);
    });
    server.route("/readyz", {"GET"}, [&](const HttpRequest& request, const Respond& respond) {
        readyz(gateway, request, respond);
    });
    server.route("/metrics", {"GET"}, [&](const HttpRequest&, const Respond& respond) {
        metrics(gateway, respond);
    });
    server.route("/status", {"GET"}, [&](const HttpRequest&, Respond respond) {
        status_json(gateway, [respond = std::move(respond)](std::string json) {
            respond(HttpResponse(200, std::move(json), "application/json"));
        });
    });
}

}  // namespace sallyport::app
