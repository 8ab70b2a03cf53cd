use super::*;

fn address(url: &str) -> Result<Address, String> {
    url.parse().map_err(|error: AddressError| error.to_string())
}

fn mode(url: &str) -> Mode {
    address(url).unwrap().mode
}

#[test]
fn a_url_says_how_a_connection_is_secured() {
    assert_eq!(mode("postgres://u@h/d"), Mode::Prefer);
    assert_eq!(mode("postgres://u@h/d?sslmode=require"), Mode::Require);
    assert_eq!(
        mode("postgres://u@h/d?sslmode=verify-full&channel_binding=require"),
        Mode::VerifyFull
    );
    let required = address("postgres://u@h/d?sslmode=verify-full").unwrap();
    assert_eq!(required.config.get_ssl_mode(), SslMode::Require);
    assert!(required.checks_certificates());
}

#[test]
fn sockets_of_the_machine_have_no_tls() {
    let socket = "postgres://u@%2Frun%2Fpostgresql/d";
    assert_eq!(mode(socket), Mode::Disable);
    assert_eq!(
        mode("postgres:///d?host=/run/postgresql&sslmode=verify-full"),
        Mode::Disable
    );
    // One of several hosts is enough.
    assert_eq!(
        mode("postgres://u@%2Frun%2Fpostgresql,h/d?sslmode=require"),
        Mode::Require
    );
}

#[test]
fn a_host_without_a_name_is_as_secure_as_can_be() {
    let by_number = |said: &str| format!("postgres:///d?user=u&hostaddr=192.0.2.1,::1{said}");
    for (said, expected) in [
        ("", Mode::Prefer),
        ("&sslmode=disable", Mode::Disable),
        ("&sslmode=require", Mode::Require),
    ] {
        let address = address(&by_number(said)).unwrap();
        assert_eq!(address.mode, expected);
        let names = ["192.0.2.1", "::1"].map(|name| Host::Tcp(name.to_owned()));
        assert_eq!(address.config.get_hosts(), names);
    }
    for said in ["&sslmode=verify-full", "&sslrootcert=system"] {
        let fault = address(&by_number(said)).unwrap_err();
        assert!(fault.contains("by hostaddr alone"), "{fault}");
    }
}

#[test]
fn what_goes_over_a_network_is_known() {
    for (url, expected) in [
        ("postgres://u@localhost/d", false),
        ("postgres://u@127.0.0.1:5433/d", false),
        ("postgres://u@[::1]/d", false),
        ("postgres://u@%2Frun%2Fpostgresql/d", false),
        ("postgres://u@db.example/d", true),
        ("postgres://u@localhost,db.example/d", true),
        ("postgres://u@db.example/d?hostaddr=127.0.0.1", false),
        ("postgres://u@localhost/d?hostaddr=192.0.2.1", true),
    ] {
        assert_eq!(address(url).unwrap().is_remote(), expected, "{url}");
    }
}

#[test]
fn what_is_wrong_is_said_without_what_is_secret() {
    for (url, part) in [
        ("hunter2", "is no address such as"),
        ("host=h password=hunter2", "is no address such as"),
        ("postgres:///d?user=hunter2", "names no host"),
        ("postgres://u:hunter2@h:port/d", "port"),
        (
            "postgres://u:p@h?hunter2=1@h/d",
            "a parameter that is not known",
        ),
        ("postgres://u:hunter2@h/d?sslmode=verify-ca", "sslrootcert"),
        (
            "postgres://u:hunter2@h/d?sslrootcert=/nowhere/ca.pem",
            "sslrootcert that cannot be read",
        ),
        (
            "postgres://u:hunter2@h/d?sslrootcert=/dev/null",
            "holds no certificate",
        ),
    ] {
        let fault = address(url).unwrap_err();
        assert!(fault.contains(part), "{url}: {fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    let shown = format!("{:?}", address("postgres://u:hunter2@h/d").unwrap());
    assert!(!shown.contains("hunter2") && shown.contains('h'), "{shown}");
}
