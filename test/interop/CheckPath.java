import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Validates the leaf in each folder and prints a line: folder, result of CertPathValidator, result of
 * X509TrustManager for a TLS server. A folder has leaf.pem, sub.pem, root.pem, possibly upper.pem,
 * and a .crl of each CA.
 */
class CheckPath {
    private static final CertificateFactory FACTORY = openFactory();

    public static void main(String[] folders) throws Exception {
        for (String folder : folders) {
            Path path = Path.of(folder);
            List<X509Certificate> chain = new ArrayList<>();
            List<X509CRL> revoked = new ArrayList<>();
            for (String name : List.of("leaf", "sub", "upper")) {
                Path file = path.resolve(name + ".pem");
                if (Files.exists(file)) chain.add(readCertificate(file));
            }
            for (String name : List.of("sub", "upper", "root")) {
                Path file = path.resolve(name + ".crl");
                if (Files.exists(file)) revoked.add(readList(file));
            }
            X509Certificate root = readCertificate(path.resolve("root.pem"));
            CertStore lists =
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(revoked));
            String ofPath = findObjection(() -> validatePath(chain, root, lists));
            String ofServer = findObjection(() -> trustServer(chain, root, lists));
            System.out.println(path.getFileName() + "\t" + ofPath + "\t" + ofServer);
        }
    }

    private static void validatePath(
            List<X509Certificate> path, X509Certificate root, CertStore lists) throws Exception {
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.addCertStore(lists);
        parameters.addCertPathChecker(checkLists(validator));
        validator.validate(FACTORY.generateCertPath(path), parameters);
    }

    private static void trustServer(
            List<X509Certificate> path, X509Certificate root, CertStore lists) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("root", root);
        PKIXBuilderParameters parameters =
            new PKIXBuilderParameters(trusted, new X509CertSelector());
        parameters.addCertStore(lists);
        parameters.addCertPathChecker(checkLists(CertPathValidator.getInstance("PKIX")));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        ((X509TrustManager) factory.getTrustManagers()[0])
            .checkServerTrusted(path.toArray(new X509Certificate[0]), "ECDHE_ECDSA");
    }

    private static PKIXRevocationChecker checkLists(CertPathValidator validator) {
        PKIXRevocationChecker checker =
            (PKIXRevocationChecker) validator.getRevocationChecker();
        checker.setOptions(EnumSet.of(
            PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
        return checker;
    }

    private interface Check {
        void run() throws Exception;
    }

    /** Returns "OK", or Java's reason by name if it has one, else its message. */
    private static String findObjection(Check check) {
        try {
            check.run();
            return "OK";
        } catch (Exception thrown) {
            String words = String.valueOf(thrown.getMessage()).replaceAll("\\s+", " ");
            for (Throwable each = thrown; each != null; each = each.getCause()) {
                if (each instanceof CertPathValidatorException refusal) {
                    return refusal.getReason() + ": " + words;
                }
            }
            return words;
        }
    }

    private static X509Certificate readCertificate(Path file) throws Exception {
        try (InputStream in = new FileInputStream(file.toFile())) {
            return (X509Certificate) FACTORY.generateCertificate(in);
        }
    }

    private static X509CRL readList(Path file) throws Exception {
        try (InputStream in = new FileInputStream(file.toFile())) {
            return (X509CRL) FACTORY.generateCRL(in);
        }
    }

    private static CertificateFactory openFactory() {
        try {
            return CertificateFactory.getInstance("X.509");
        } catch (java.security.cert.CertificateException missing) {
            throw new IllegalStateException(missing);
        }
    }
}
