// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/client_stream.hpp"

#include <gtest/gtest.h>

#include "tests/support/play.hpp"
#include "tests/unit/client/client_script.hpp"

namespace sallyport::xmpp::test {
namespace {

class ClientTranscript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ClientTranscript, is_played) {
    ClientScript script(GetParam());
    sallyport::test::play(GetParam(), [&] {
        return std::make_unique<sallyport::test::Played<ClientStream, ClientScript>>(script);
    });
}

std::string name_of(const testing::TestParamInfo<std::filesystem::path>& row) {
    return row.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(
    Golden, ClientTranscript, testing::ValuesIn(sallyport::test::golden("client_stream")), name_of
);

}  // namespace
}  // namespace sallyport::xmpp::test
