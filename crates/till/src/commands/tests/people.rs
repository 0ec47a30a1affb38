//! People and their PINs.

use suanpan_wire::entry::Said;

use crate::rpc::people::{Person, PersonRole, RemovePerson, SavePerson, SignIn};
use crate::rpc::shift::MoveDirection;
use crate::rpc::{Approval, Code, Command, Nothing, Problem};
use crate::store::keys;
use crate::testkit::{Shop, StillHost, config};
use crate::till::Till;

fn approval(pin: &str) -> Option<Approval> {
    Some(Approval { pin: pin.into() })
}

fn save(shop: &mut Shop, name: &str, role: PersonRole, pin: &str, by: &str) -> Result<Vec<Person>, Problem> {
    let pin = (!pin.is_empty()).then(|| pin.to_owned());
    shop.ask(Command::PeopleSave(SavePerson {
        staff_id: None,
        name: name.into(),
        role,
        pin,
        approval: (!by.is_empty()).then(|| Approval { pin: by.into() }),
    }))
}

fn sign_in(shop: &mut Shop, name: &str, pin: Option<&str>) -> Result<String, Problem> {
    let pin = pin.map(str::to_owned);
    let state = shop.run(Command::PeopleSignIn(SignIn {
        name: name.into(),
        pin,
    }))?;
    Ok(state.shop.cashier)
}

fn people(shop: &mut Shop) -> Vec<Person> {
    shop.ask(Command::PeopleList(Nothing {})).unwrap()
}

fn id_of(shop: &mut Shop, name: &str) -> String {
    let found = people(shop).into_iter().find(|person| person.name == name);
    found.unwrap().staff_id
}

#[test]
fn the_practice_shop_has_a_cashier_a_manager_and_no_shift() {
    let mut shop = Shop::open();
    let shown: Vec<(String, PersonRole, bool)> = people(&mut shop)
        .into_iter()
        .map(|person| (person.name, person.role, person.has_pin))
        .collect();
    assert_eq!(
        shown,
        [
            ("李店长".to_owned(), PersonRole::Manager, true),
            ("王芳".to_owned(), PersonRole::Cashier, false)
        ]
    );
    assert_eq!(shop.state().shift, None);
    assert_eq!(shop.state().shop.cashier, "王芳");
}

#[test]
fn the_first_manager_needs_nobody_and_everybody_after_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    let host = StillHost::new();
    let till = Till::open(&config(folder.path()), host.clone()).unwrap();
    let mut shop = Shop { folder, host, till };
    let cashier = save(&mut shop, "小周", PersonRole::Cashier, "", "");
    assert_eq!(cashier.unwrap_err().code, Code::NoManager);
    assert!(!shop.state().shop.has_manager);
    let without = save(&mut shop, "陈店长", PersonRole::Manager, "", "");
    assert_eq!(without.unwrap_err().code, Code::PinNeeded);
    save(&mut shop, "陈店长", PersonRole::Manager, "2468", "").unwrap();
    let state = shop.state().shop;
    assert_eq!((state.cashier.as_str(), state.has_manager), ("陈店长", true));
    let second = save(&mut shop, "赵店长", PersonRole::Manager, "1357", "");
    assert_eq!(second.unwrap_err().code, Code::ApprovalNeeded);
    assert_eq!(
        save(&mut shop, "小周", PersonRole::Cashier, "", "2468")
            .unwrap()
            .len(),
        2
    );
    let Some(Said::PersonSaved {
        name, approved_by, ..
    }) = shop.said().pop()
    else {
        panic!("a change of people is in the journal");
    };
    assert_eq!((name.as_str(), approved_by.as_deref()), ("小周", Some("陈店长")));
    assert!(
        !format!("{:?}", shop.said()).contains("argon2"),
        "no hash leaves the till"
    );
}

#[test]
fn f70_a_pin_is_one_persons_alone() {
    let mut shop = Shop::open();
    let taken = save(&mut shop, "小周", PersonRole::Cashier, "8888", "8888");
    assert_eq!(taken.unwrap_err().code, Code::PinTaken);
    for bad in ["123", "123456789", "12a4", "１２３４"] {
        let refused = save(&mut shop, "小周", PersonRole::Cashier, bad, "8888");
        assert_eq!(refused.unwrap_err().code, Code::PinInvalid, "{bad}");
    }
    save(&mut shop, "小周", PersonRole::Cashier, "1234", "8888").unwrap();
    let again = save(&mut shop, "小吴", PersonRole::Cashier, "1234", "8888");
    assert_eq!(again.unwrap_err().code, Code::PinTaken);
    let named = save(&mut shop, "小周", PersonRole::Cashier, "5678", "8888");
    assert_eq!(named.unwrap_err().code, Code::NameTaken);
    for bad in ["", "  ", "a\u{7}b", &"长".repeat(25)] {
        let refused = save(&mut shop, bad, PersonRole::Cashier, "", "8888");
        assert_eq!(refused.unwrap_err().code, Code::NameInvalid);
    }
}

#[test]
fn who_has_a_pin_comes_in_with_it_only() {
    let mut shop = Shop::open();
    assert_eq!(
        sign_in(&mut shop, "李店长", None).unwrap_err().code,
        Code::PinNeeded
    );
    let wrong = sign_in(&mut shop, "李店长", Some("1111")).unwrap_err();
    assert_eq!(
        (wrong.code, wrong.params["name"].as_str()),
        (Code::PinNotTheirs, "李店长")
    );
    assert_eq!(shop.state().shop.cashier, "王芳");
    assert_eq!(sign_in(&mut shop, "李店长", Some("8888")).unwrap(), "李店长");
    assert_eq!(sign_in(&mut shop, "王芳", None).unwrap(), "王芳");
    assert_eq!(
        sign_in(&mut shop, "谁", None).unwrap_err().code,
        Code::PersonNotFound
    );
    let sign_ins = shop
        .said()
        .into_iter()
        .filter(|said| matches!(said, Said::SignedIn { .. }));
    assert_eq!(sign_ins.count(), 2);
}

#[test]
fn f70_wrong_pins_slow_everything_down_that_takes_one() {
    let mut shop = Shop::open();
    save(&mut shop, "小周", PersonRole::Cashier, "1234", "8888").unwrap();
    shop.open_shift("100");
    for pin in ["1111", "2222"] {
        let refused = shop.move_cash(MoveDirection::Out, "1", Some(pin)).unwrap_err();
        assert_eq!(refused.code, Code::PinWrong);
    }
    sign_in(&mut shop, "小周", Some("1234")).unwrap();
    let third = sign_in(&mut shop, "李店长", Some("3333")).unwrap_err();
    assert_eq!(
        third.code,
        Code::PinNotTheirs,
        "a cashier's own PIN is no new start"
    );
    let refused = shop.move_cash(MoveDirection::Out, "1", Some("8888")).unwrap_err();
    assert_eq!(
        (refused.code, refused.params["seconds"].as_str()),
        (Code::PinWait, "30")
    );
    assert_eq!(
        sign_in(&mut shop, "小周", Some("1234")).unwrap_err().code,
        Code::PinWait
    );
    shop.host.pass(30_000);
    shop.move_cash(MoveDirection::Out, "1", Some("8888")).unwrap();
    assert_eq!(shop.till.view().setting_number(keys::PIN_FAILURES).unwrap(), 0);
}

#[test]
fn slips_of_a_week_do_not_add_up() {
    let mut shop = Shop::open();
    for _ in 0..6 {
        assert_eq!(
            sign_in(&mut shop, "李店长", Some("1111")).unwrap_err().code,
            Code::PinNotTheirs
        );
        shop.host.pass(1_800_000);
    }
}

#[test]
fn somebody_who_can_approve_stays_on_the_list() {
    let mut shop = Shop::open();
    let manager = id_of(&mut shop, "李店长");
    let remove = |staff_id: &str| {
        Command::PeopleRemove(RemovePerson {
            staff_id: staff_id.to_owned(),
            approval: approval("8888"),
        })
    };
    let last = shop.ask::<Vec<Person>>(remove(&manager)).unwrap_err();
    assert_eq!(last.code, Code::LastManager);
    let demoted = shop.ask::<Vec<Person>>(Command::PeopleSave(SavePerson {
        staff_id: Some(manager.clone()),
        name: "李店长".into(),
        role: PersonRole::Cashier,
        pin: None,
        approval: approval("8888"),
    }));
    assert_eq!(demoted.unwrap_err().code, Code::LastManager);
    let at_the_till = id_of(&mut shop, "王芳");
    let refused = shop.ask::<Vec<Person>>(remove(&at_the_till)).unwrap_err();
    assert_eq!(refused.code, Code::PersonSignedIn);
    save(&mut shop, "赵店长", PersonRole::Manager, "1357", "8888").unwrap();
    let left: Vec<Person> = shop.ask(remove(&manager)).unwrap();
    assert_eq!(left.len(), 2);
    let gone = sign_in(&mut shop, "李店长", Some("8888")).unwrap_err();
    assert_eq!(gone.code, Code::PersonNotFound);
    assert_eq!(
        shop.ask::<Vec<Person>>(remove(&manager)).unwrap_err().code,
        Code::PersonNotFound
    );
}

#[test]
fn a_person_keeps_their_pin_until_they_get_another_and_their_place_with_a_new_name() {
    let mut shop = Shop::open();
    let cashier = id_of(&mut shop, "王芳");
    let change = |name: &str, pin: Option<&str>| {
        Command::PeopleSave(SavePerson {
            staff_id: Some(cashier.clone()),
            name: name.into(),
            role: PersonRole::Cashier,
            pin: pin.map(str::to_owned),
            approval: approval("8888"),
        })
    };
    shop.ask::<Vec<Person>>(change("王芳", Some("4321"))).unwrap();
    shop.ask::<Vec<Person>>(change("王小芳", None)).unwrap();
    assert_eq!(shop.state().shop.cashier, "王小芳");
    sign_in(&mut shop, "王小芳", Some("4321")).unwrap();
    shop.ask::<Vec<Person>>(change("王小芳", Some(""))).unwrap();
    sign_in(&mut shop, "王小芳", None).unwrap();
}

#[test]
fn a_manager_is_named_by_whoever_may_start_the_program() {
    let mut shop = Shop::open();
    shop.till.name_manager("赵店长", "1357").unwrap();
    assert_eq!(
        shop.till.name_manager("孙店长", "1357").unwrap_err().code,
        Code::PinTaken
    );
    shop.till.name_manager("赵店长", "1357").unwrap();
    sign_in(&mut shop, "赵店长", Some("1357")).unwrap();
}
