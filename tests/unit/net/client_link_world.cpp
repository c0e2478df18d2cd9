// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/net/client_link_world.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace sallyport::test::client_link {

World::World(net::ClientPlace place, std::optional<net::TlsIdentity> certificate) {
    net::ClientLinkOptions options;
    options.place = std::move(place);
    options.certificate = std::move(certificate);
    options.login = [this] {
        xmpp::ClientOptions login;
        login.user = "juliet";
        login.secrets.password = password;
        login.management = management;
        also(login);
        return login;
    };
    net::ClientRoute route;
    route.look_up = [this](const std::string& domain, net::SrvResolver::Done done) {
        looked_up.push_back(domain);
        boost::asio::post(loop.io, [this, done = std::move(done)] { done(dns); });
    };
    route.connect = [this](net::ConnectOptions o, net::ConnectDone done) {
        connect(std::move(o), std::move(done));
    };
    net::ClientLink::Tools tools(loop.timers, loop.log, aside, std::move(route), [this] {
        return random;
    });
    link = std::make_unique<net::ClientLink>(std::move(tools), std::move(options), *this);
}

void World::connect(net::ConnectOptions options, net::ConnectDone done) {
    tried.push_back(options);
    const auto script = scripts.find(options.address.host);
    if (script == scripts.end()) {
        const Error error = net::make_error(refusal, options.address.host);
        boost::asio::post(loop.io, [done = std::move(done), error] { done(error); });
        return;
    }
    auto [client, server] = make_pipe(loop.io.get_executor(), faults);
    hosts.push_back(std::make_unique<Host>(std::move(server), script->second));
    auto shared = std::make_shared<std::unique_ptr<net::ByteStream>>(std::move(client));
    boost::asio::post(loop.io, [options, done = std::move(done), shared] {
        if (options.on_tls) options.on_tls({});
        done(std::move(*shared));
    });
}

World& World::start() {
    link->start();
    EXPECT_TRUE(downs.empty()) << "never from within the call";
    loop.settle();
    return *this;
}

void World::lose(const Script& next) {
    for (auto& [name, script] : scripts) script = next;
    hosts.back()->stream.reset();
    loop.settle();
}

}  // namespace sallyport::test::client_link
