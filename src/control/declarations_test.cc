// Declarations: every field that does not fit is named, and what fits becomes a plan for the site.
#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kHeader = "number,hs_code,brand,origin,consignee,ship,call,lot,feed_number,mass_t,commodity,composition.Fe,composition.moisture\n";

TEST(DeclarationCsv, ReadsRowsWithQuotes) {
  const auto parsed = parse_declarations_csv(std::string("\xEF\xBB\xBF") + kHeader +
                                             "D1,2601112000,\"Carajas, \"\"IOCJ\"\"\",Brazil,Acme,Ore,V1,L1,1,60000.5,iron-ore,65.2,\r\n"
                                             "\r\nD2,2601112000,Pilbara,Australia,Acme,Ore,V1,L2,2,110000,iron-ore,61.5,8");
  EXPECT_THAT(parsed.errors, IsEmpty());
  ASSERT_THAT(parsed.declarations, SizeIs(2));
  EXPECT_EQ(parsed.declarations[0].brand, "Carajas, \"IOCJ\"");
  EXPECT_EQ(parsed.declarations[0].mass_t, 60000.5);
  EXPECT_EQ(parsed.declarations[0].composition, (std::map<std::string, double>{{"Fe", 65.2}}));
  EXPECT_EQ(parsed.declarations[1].composition.at("moisture"), 8);
  EXPECT_THAT(check(parsed.declarations), IsEmpty());
}

TEST(DeclarationCsv, NamesWhatDoesNotParse) {
  const auto errors = [](const std::string& text) { return parse_declarations_csv(text).errors; };
  EXPECT_THAT(errors("number,colour\n"), ::testing::Contains(FieldError{0, "colour", "is not a column of a declaration"}));
  EXPECT_THAT(errors("number,colour\n"), ::testing::Contains(FieldError{0, "mass_t", "this column is missing"}));
  EXPECT_THAT(errors(kHeader), ElementsAre(FieldError{0, "", "expected at least one row after the header"}));
  EXPECT_THAT(errors(std::string(kHeader) + "D1,2601112000\n"), ElementsAre(FieldError{1, "", "expected 13 cells, found 2"}));
  EXPECT_THAT(errors(std::string(kHeader) + "D1,26,B,O,A,S,V,L,one,12t,iron-ore,,\n"),
              ElementsAre(FieldError{1, "feed_number", "expected a whole number, found \"one\""},
                          FieldError{1, "mass_t", "expected a number, found \"12t\""}));
  EXPECT_THAT(errors(std::string(kHeader) + "\"D1,26\n"), ElementsAre(FieldError{1, "", "a quoted cell is not closed where it should be"}));
  EXPECT_THAT(errors(std::string((1 << 20) + 1, 'x')), SizeIs(1));
}

TEST(DeclarationCheck, NamesEveryFieldThatDoesNotFit) {
  Declaration bad;
  bad.hs_code = "26-01";
  bad.brand = "a\tb";
  bad.lot = "lot with spaces";
  bad.mass_t = -1;
  bad.composition = {{"Fe", 101}, {"SiO2", std::nan("")}};
  std::vector<std::string> fields;
  for (const auto& error : check({bad})) {
    EXPECT_EQ(error.row, 1u);
    EXPECT_THAT(error.message, HasSubstr("expected"));
    fields.push_back(error.field);
  }
  EXPECT_THAT(fields, ElementsAre("number", "hs_code", "brand", "origin", "consignee", "ship", "call", "lot", "commodity",
                                  "feed_number", "mass_t", "composition.Fe", "composition.SiO2"));
}

TEST(DeclarationCheck, ComponentsCannotSumToMoreThanEverything) {
  auto declaration = declaration_of("D1", "L1", 1);
  declaration.composition = {{"Fe", 65}, {"SiO2", 36}, {"moisture", 9}};
  EXPECT_THAT(check({declaration}), ElementsAre(Field(&FieldError::message, HasSubstr("at most 100 %, found 101"))));
}

TEST(DeclarationCheck, NumbersLotsAndFeedNumbersAreUnique) {
  const auto errors = check({declaration_of("D1", "L1", 1), declaration_of("D1", "L1", 1)});
  ASSERT_THAT(errors, SizeIs(3));
  for (const auto& error : errors) EXPECT_EQ(error.row, 2u);
}

using ImportTest = ControlTest;

TEST_F(ImportTest, BecomesAPlanForTheSite) {
  const auto outcome = control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->accepted, 1u);
  ASSERT_THAT(sent, SizeIs(1));
  const auto& plan = std::get<material::LotPlan>(sent[0].order);
  EXPECT_EQ(sent[0].line, LineId{"A"});
  EXPECT_EQ(plan.lot, LotId{"L1"});
  EXPECT_EQ(plan.consignment, ConsignmentId{"D1"});
  EXPECT_EQ(plan.declared_composition.at("Fe"), 65.2);
  ASSERT_THAT(control->pending_commands(), SizeIs(1)) << "until the site says it has it";
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  take(record::observation_of("", Time{1}, plan));
  EXPECT_THAT(control->pending_commands(), IsEmpty());
  restart();
  EXPECT_THAT(control->pending_commands(), IsEmpty());
}

TEST_F(ImportTest, TheSameAgainChangesNothing) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  const auto again = control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)});
  EXPECT_EQ(again->unchanged, 1u);
  EXPECT_EQ(again->accepted, 0u);
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(ImportTest, OtherContentsAreTakenUntilTheLotIsDischarging) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  clock.advance(seconds(1));
  auto corrected = declaration_of("D1", "L1", 1);
  corrected.mass_t = 160;
  EXPECT_EQ(control->import_declarations(kOfficer, {corrected})->accepted, 1u);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_NE(sent[0].id, sent[1].id) << "the site takes each id once";
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  corrected.mass_t = 170;
  const auto refused = control->import_declarations(kOfficer, {corrected});
  ASSERT_TRUE(refused.ok());
  EXPECT_TRUE(refused->conflict);
  EXPECT_EQ(refused->accepted, 0u);
  EXPECT_THAT(refused->errors, ElementsAre(Field(&FieldError::message, HasSubstr("its lot is discharging"))));
  EXPECT_EQ(control->declarations(kOfficer)[0].declaration.mass_t, 160);
}

TEST_F(ImportTest, AllOrNothing) {
  auto bad = declaration_of("D2", "L2", 2);
  bad.mass_t = 0;
  const auto refused = control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1), bad});
  ASSERT_THAT(refused->errors, SizeIs(1));
  EXPECT_EQ(refused->errors[0].row, 2u);
  EXPECT_THAT(control->declarations(kOfficer), IsEmpty());
  auto elsewhere = declaration_of("D3", "L3", 3);
  elsewhere.line = "Z";
  EXPECT_EQ(control->import_declarations(kOfficer, {elsewhere})->errors[0].field, "line");
  EXPECT_EQ(control->import_declarations(kTerminal, {declaration_of("D1", "L1", 1)}).error().code, ErrorCode::kDenied);
  EXPECT_FALSE(control->import_declarations(kOfficer, {})->errors.empty());
}

TEST_F(ImportTest, AnotherDeclarationsLotOrFeedNumberIsAConflict) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  const auto refused = control->import_declarations(kOfficer, {declaration_of("D2", "L1", 1)});
  EXPECT_TRUE(refused->conflict);
  EXPECT_THAT(refused->errors, SizeIs(2));
}

TEST_F(ImportTest, SurvivesARestart) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  restart();
  ASSERT_THAT(control->declarations(kOfficer), SizeIs(1));
  EXPECT_EQ(control->declarations(kOfficer)[0].declaration, declaration_of("D1", "L1", 1));
  EXPECT_EQ(control->declarations(kOfficer)[0].by, "li.wei");
  EXPECT_EQ(control->declarations(kOfficer)[0].state, "declared");
}

}  // namespace
}  // namespace beltwarden::control
