// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/form.hpp"

#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::translate {
namespace {

using Kind = port::FormField::Kind;
using Legacy = std::vector<std::pair<std::string, std::string>>;

port::FormField field(std::string name, Kind kind, std::vector<std::string> values = {}) {
    port::FormField made;
    made.name = std::move(name);
    made.kind = kind;
    made.values = std::move(values);
    return made;
}

port::Form form(std::vector<port::FormField> fields) {
    port::Form made;
    made.fields = std::move(fields);
    return made;
}

TEST(TranslateForm, legacy_fields_stand_in_for_the_first_text_and_the_first_secret) {
    const auto asked = to_registration(form(
        {field("hint", Kind::fixed),
         field("sid", Kind::text, {"AC1"}),
         field("region", Kind::text),
         field("token", Kind::secret)}
    ));
    EXPECT_EQ(asked.fields, (Legacy{{"username", "AC1"}, {"password", ""}}));
}

TEST(TranslateForm, a_field_that_the_legacy_protocol_knows_keeps_its_name) {
    const auto asked =
        to_registration(form({field("phone", Kind::text), field("sid", Kind::text)}));
    EXPECT_EQ(asked.fields, (Legacy{{"phone", ""}, {"username", ""}}));
}

TEST(TranslateForm, choices_are_for_clients_with_forms_alone) {
    EXPECT_TRUE(to_registration(form({field("provider", Kind::choice)})).fields.empty());
}

TEST(TranslateForm, a_secret_is_never_shown) {
    const auto made = to_form(form({field("token", Kind::secret, {"hidden"})}), "x");
    EXPECT_TRUE(made.field("token")->values.empty());
}

TEST(TranslateForm, legacy_answers_come_back_under_the_forms_names) {
    const auto asked = form({field("sid", Kind::text), field("token", Kind::secret)});
    xmpp::Registration answer;
    answer.fields = {{"username", "AC1"}, {"password", "secret"}};
    const port::FormValues expected{{"sid", {"AC1"}}, {"token", {"secret"}}};
    EXPECT_EQ(to_values(answer, asked), expected);
}

TEST(TranslateForm, a_filled_in_form_wins_over_legacy_fields_and_loses_its_type) {
    xmpp::Registration answer;
    answer.fields = {{"username", "old"}};
    answer.form = xmpp::Form(xmpp::FormType::submit);
    answer.form->add_value("FORM_TYPE", "x", xmpp::FieldType::hidden);
    answer.form->add_value("sid", "AC2");
    const port::FormValues expected{{"sid", {"AC2"}}};
    EXPECT_EQ(to_values(answer, form({field("sid", Kind::text)})), expected);
}

}  // namespace
}  // namespace sallyport::translate
